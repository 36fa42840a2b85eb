package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the keys of subjects are kept, apart from log and tables. Shared by all partitions of a
 * node. Thread-safe.
 *
 * <p>For backups the keys lie in {@value #BUCKETS} buckets by the hash of their subject, each with
 * a tag that is another one after every change of the bucket.
 */
public interface SubjectKeys extends AutoCloseable {
  /** How many buckets there are. */
  int BUCKETS = 1024;

  /**
   * The keys that a subject has.
   *
   * @param subject {@link Subject#hash}
   * @throws KeysBehindException if what other nodes have destroyed was not heard for too long
   * @throws io.thalweg.state.StoreException if they cannot be read
   */
  List<SubjectKey> of(ByteString subject);

  /**
   * Keeps new keys and destroys others, all or none. When this returns it is durable, and of the
   * destroyed ones nothing is left.
   *
   * @param made keys that were never kept before
   * @param destroyed names of keys; of those that there are not nothing happens
   * @throws io.thalweg.state.StoreException if that cannot be done: what is durable then is not
   *     known
   */
  void change(Collection<SubjectKey> made, Collection<KeyName> destroyed);

  /**
   * Identity of this set of keys, drawn when the first key was kept: 32 hexadecimal digits. Null if
   * there was none yet.
   */
  @Nullable String id();

  /** The present tags of the buckets that ever held a key. */
  java.util.SortedMap<Integer, Long> tags();

  /** The keys of a bucket. */
  List<SubjectKey> bucket(int bucket);

  /**
   * How many keys there are. Two commands that forget one subject at the same moment may both be
   * counted, until the keys are opened again.
   */
  long count();

  /**
   * Whether other nodes make and destroy them too: then nothing of them may be remembered but here.
   */
  default boolean isShared() {
    return false;
  }

  /**
   * Learns what other nodes have made and destroyed until now. Waits for them; does nothing where
   * there are none.
   *
   * @throws KeysBehindException if that cannot be learned
   */
  default void catchUp() {}

  /** The most keys that may be kept. */
  default long most() {
    return Long.MAX_VALUE;
  }

  /** The bucket of a subject, by its hash. */
  static int bucketOf(ByteString subject) {
    return (subject.byteAt(0) & 0xFF) << 2 | (subject.byteAt(1) & 0xFF) >>> 6;
  }

  @Override
  void close();
}
