package io.thalweg.state;

/**
 * Encodes keys so that the order of the bytes (unsigned, lexicographic) is the order of the keys.
 * Compose one from {@link KeyCodecs}. Stateless.
 */
public interface KeyCodec<K> {
  void encode(K key, KeyWriter out);

  K decode(KeyReader in);
}
