package io.thalweg.kafka;

import com.google.protobuf.ByteString;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.kafka.KeyTopicClient.Change;
import io.thalweg.runtime.keys.KeyName;
import io.thalweg.runtime.keys.KeysBehindException;
import io.thalweg.runtime.keys.SubjectKey;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of subjects that the nodes of a cluster share: a topic with one partition that Kafka
 * compacts, {@code CLUSTER.subject-keys}, which each node has in memory and nowhere else.
 *
 * <pre>
 *   subject 16, id 16   -&gt; format 1, secret 32; null: destroyed
 *   't'                 -&gt; nothing: time goes on
 * </pre>
 *
 * <p>A change is read back before it counts, so each node, also the one that made it, sees the
 * changes in the order of the topic. A thread reads on every {@value #PAUSE_MS} ms. Who has not
 * heard for {@value #STALE_MS} ms what others have destroyed neither seals nor unseals.
 *
 * <p>Kafka removes the bytes of a key that was destroyed when it compacts the segment, which it
 * does only to one that is not written any more. A segment ends when something is written to it
 * after its time; so whoever finds that nothing was for a while behind a destroyed key writes a
 * record that says nothing.
 *
 * <p>Thread-safe.
 */
final class TopicKeys implements SubjectKeys {
  /** Of the topic, behind the name of the cluster; no service is called so. */
  static final String NAME = "subject-keys";

  static final long PAUSE_MS = 50;
  static final long STALE_MS = 5_000;

  /** About 300 MB of memory. */
  static final long MOST = 2_000_000;

  /** A reader that was away for so long may have missed what was destroyed. */
  private static final long MAX_GAP_MS = TimeUnit.MINUTES.toMillis(20);

  private static final long READ_NS = TimeUnit.SECONDS.toNanos(10);
  private static final long OPEN_NS = TimeUnit.SECONDS.toNanos(30);
  private static final byte FORMAT = 1;
  private static final byte[] TICK = {'t'};
  private static final byte[] NOTHING = {};
  private static final Logger LOG = LoggerFactory.getLogger(TopicKeys.class);

  private final KeyTopicClient client;
  private final Host host;
  private final UUID topicId;
  private final long rollMs;

  /** Each node waits a little longer or shorter, so that mostly one of them writes. */
  private final long tickMs;

  private final Waiters waiters;
  private final Thread thread;

  /** Whoever reads holds it while waiting for Kafka. */
  private final Object reading = new Object();

  private volatile KeyTable table = new KeyTable();
  private volatile long freshNs;
  private volatile boolean closed;

  // Guarded by reading.
  private boolean begun;
  private KeyTable filling = table;
  private long freshUs;
  private long lastRecordMs;
  private long lastDestroyedMs = Long.MIN_VALUE;

  // Of the thread.
  private @Nullable String said;

  private TopicKeys(KeyTopicClient client, Host host, UUID topicId, long rollMs) {
    this.client = client;
    this.host = host;
    this.topicId = topicId;
    this.rollMs = rollMs;
    tickMs = host.random().nextLong(Math.clamp(rollMs / 4, 1, 60_000));
    waiters = new Waiters(host);
    thread = host.thread("thalweg-subject-keys", this::run);
  }

  /**
   * Reads the topic, which is there.
   *
   * @param rollMs a segment of the topic ends after so long
   * @throws StoreException if it cannot be read
   */
  static TopicKeys open(KafkaOptions options, Host host, UUID topicId, long rollMs) {
    TopicKeys keys =
        new TopicKeys(
            new KeyTopicClient(options, options.topic(NAME), host), host, topicId, rollMs);
    long startNs = host.nanoTime();
    while (true) {
      try {
        keys.catchUp();
        host.start(keys.thread);
        return keys;
      } catch (KeysBehindException e) {
        // The first calls find out where everything is.
        if (host.nanoTime() - startNs > OPEN_NS) {
          keys.client.close();
          throw new StoreException(String.valueOf(e.getMessage()), e);
        }
      }
    }
  }

  private void run() {
    while (!waiters.await(() -> closed, TimeUnit.MILLISECONDS.toNanos(PAUSE_MS))) {
      try {
        catchUp();
        if (isToTick(host.wallTimeUs() / 1000)) {
          client.write(List.of(new Change(TICK, NOTHING)));
        }
        said = null;
      } catch (RuntimeException e) {
        String why = String.valueOf(e.getMessage());
        if (!closed && !why.equals(said)) {
          LOG.warn("the keys of subjects cannot be followed just now: {}", why);
          said = why;
        }
      }
    }
  }

  /** Whether a segment that holds a destroyed key waits for a record to end it. */
  private boolean isToTick(long nowMs) {
    synchronized (reading) {
      return lastDestroyedMs != Long.MIN_VALUE
          && lastRecordMs - lastDestroyedMs <= rollMs
          && nowMs - lastDestroyedMs > rollMs + tickMs;
    }
  }

  // ---------------------------------------------------------------- reading

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public void catchUp() {
    long calledNs = host.nanoTime();
    synchronized (reading) {
      // Who read on while this one waited has asked for the end later than it.
      if (begun && freshNs - calledNs > 0) {
        return;
      }
      if (closed) {
        throw new KeysBehindException("the keys of subjects are closed");
      }
      try {
        readToEnd();
      } catch (KafkaException | TopicException e) {
        throw new KeysBehindException("the keys of subjects cannot be read: " + e.getMessage(), e);
      }
    }
  }

  private void readToEnd() {
    long askedNs = host.nanoTime();
    long askedUs = host.wallTimeUs();
    long gapMs = (askedUs - freshUs) / 1000;
    long end = client.end();
    if (!begun || gapMs > MAX_GAP_MS || client.position() > end) {
      // What is known serves until all was read again.
      filling = new KeyTable();
      client.fromBeginning();
      begun = true;
    }
    while (client.position() < end) {
      client.read().forEach(this::apply);
      if (host.nanoTime() - askedNs > READ_NS && filling == table) {
        throw new TopicException("it takes too long");
      }
    }
    table = filling;
    freshUs = askedUs;
    freshNs = askedNs;
  }

  private void apply(ConsumerRecord<byte[], byte[]> record) {
    lastRecordMs = record.timestamp();
    byte[] key = record.key();
    byte[] value = record.value();
    if (key == null || key.length != KeyName.BYTES) {
      return;
    }
    if (value == null) {
      lastDestroyedMs = record.timestamp();
      filling.remove(KeyName.of(key));
      return;
    }
    if (value.length != 1 + SubjectKey.SECRET_BYTES || value[0] != FORMAT) {
      throw new TopicException(
          "the record at Kafka offset %d of the topic of keys is of a version that is not known here"
              .formatted(record.offset()));
    }
    byte[] secret = new byte[SubjectKey.SECRET_BYTES];
    System.arraycopy(value, 1, secret, 0, secret.length);
    filling.put(KeyName.of(key), secret);
  }

  @Override
  public List<SubjectKey> of(ByteString subject) {
    long staleMs = TimeUnit.NANOSECONDS.toMillis(host.nanoTime() - freshNs);
    if (staleMs > STALE_MS) {
      throw new KeysBehindException(
          "which subjects other nodes have forgotten is not known for %d ms: Kafka cannot be reached"
              .formatted(staleMs));
    }
    return table.of(subject);
  }

  // ---------------------------------------------------------------- changing

  /** New keys are durable before others are destroyed; a failure leaves some of it done. */
  @Override
  public void change(Collection<SubjectKey> made, Collection<KeyName> destroyed) {
    List<Change> puts = new ArrayList<>();
    for (SubjectKey key : made) {
      byte[] value = new byte[1 + SubjectKey.SECRET_BYTES];
      value[0] = FORMAT;
      key.secret().copyTo(value, 1);
      puts.add(new Change(key.name().toBytes(), value));
    }
    List<Change> deletes =
        destroyed.stream()
            .filter(table::holds)
            .map(name -> new Change(name.toBytes(), null))
            .toList();
    if (puts.isEmpty() && deletes.isEmpty()) {
      return;
    }
    try {
      client.write(puts);
      client.write(deletes);
      catchUp();
    } catch (TopicException | KeysBehindException e) {
      throw new StoreException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Takes over the keys that a node had for itself, and destroys them there. */
  void adopt(SubjectKeys own) {
    for (int bucket = 0; bucket < BUCKETS && own.count() > 0; bucket++) {
      List<SubjectKey> keys = own.bucket(bucket);
      if (!keys.isEmpty()) {
        change(keys, List.of());
        own.change(List.of(), keys.stream().map(SubjectKey::name).toList());
      }
    }
  }

  // ---------------------------------------------------------------- what there is

  @Override
  public String id() {
    return topicId.toString().replace("-", "");
  }

  /** Nothing is backed up from here. */
  @Override
  public SortedMap<Integer, Long> tags() {
    return Collections.emptySortedMap();
  }

  @Override
  public List<SubjectKey> bucket(int bucket) {
    throw new StoreException("keys that nodes share are in no backup", null);
  }

  @Override
  public long count() {
    return table.count();
  }

  @Override
  public long most() {
    return MOST;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    waiters.wake();
    host.join(thread);
    synchronized (reading) {
      client.close();
    }
  }
}
