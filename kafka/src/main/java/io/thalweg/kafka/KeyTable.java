package io.thalweg.kafka;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.keys.KeyName;
import io.thalweg.runtime.keys.Subject;
import io.thalweg.runtime.keys.SubjectKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keys of subjects in memory: of each subject a row with the id and the secret of each of its keys,
 * so that a subject with one key takes about 150 bytes. One thread changes it, all may read.
 */
final class KeyTable {
  private static final int ROW_BYTES = KeyName.ID_BYTES + SubjectKey.SECRET_BYTES;
  private static final byte[] NONE = {};

  private final Map<Place, byte[]> rows = new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();

  /** The hash of a subject. */
  private record Place(long high, long low) {
    static Place of(ByteString subject) {
      if (subject.size() != Subject.HASH_BYTES) {
        throw new IllegalArgumentException("the hash of a subject has 16 bytes");
      }
      ByteBuffer in = subject.asReadOnlyByteBuffer();
      return new Place(in.getLong(), in.getLong());
    }
  }

  List<SubjectKey> of(ByteString subject) {
    byte[] row = rows.getOrDefault(Place.of(subject), NONE);
    List<SubjectKey> keys = new ArrayList<>(row.length / ROW_BYTES);
    for (int at = 0; at < row.length; at += ROW_BYTES) {
      keys.add(
          new SubjectKey(
              new KeyName(subject, ByteString.copyFrom(row, at, KeyName.ID_BYTES)),
              ByteString.copyFrom(row, at + KeyName.ID_BYTES, SubjectKey.SECRET_BYTES)));
    }
    return keys;
  }

  boolean holds(KeyName name) {
    return find(rows.getOrDefault(Place.of(name.subject()), NONE), name) >= 0;
  }

  private static int find(byte[] row, KeyName name) {
    byte[] id = name.id().toByteArray();
    for (int at = 0; at < row.length; at += ROW_BYTES) {
      if (Arrays.equals(row, at, at + KeyName.ID_BYTES, id, 0, KeyName.ID_BYTES)) {
        return at;
      }
    }
    return -1;
  }

  void put(KeyName name, byte[] secret) {
    Place place = Place.of(name.subject());
    byte[] row = rows.getOrDefault(place, NONE);
    if (find(row, name) < 0) {
      byte[] longer = Arrays.copyOf(row, row.length + ROW_BYTES);
      name.id().copyTo(longer, row.length);
      System.arraycopy(secret, 0, longer, row.length + KeyName.ID_BYTES, SubjectKey.SECRET_BYTES);
      rows.put(place, longer);
      count.incrementAndGet();
    }
  }

  void remove(KeyName name) {
    Place place = Place.of(name.subject());
    byte[] row = rows.getOrDefault(place, NONE);
    int at = find(row, name);
    if (at < 0) {
      return;
    }
    if (row.length == ROW_BYTES) {
      rows.remove(place);
    } else {
      byte[] shorter = new byte[row.length - ROW_BYTES];
      System.arraycopy(row, 0, shorter, 0, at);
      System.arraycopy(row, at + ROW_BYTES, shorter, at, shorter.length - at);
      rows.put(place, shorter);
    }
    count.decrementAndGet();
  }

  long count() {
    return count.get();
  }
}
