package io.thalweg.state;

/** Encodes values. Stateless. Encoding the same value gives the same bytes. */
public interface ValueCodec<V> {
  byte[] encode(V value);

  V decode(byte[] bytes);
}
