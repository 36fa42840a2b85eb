package io.thalweg.client.keys;

import java.time.Duration;

/** Describes a source of keys; begin with {@link KeysClient#source}. */
public final class KeySourceBuilder {
  private static final int MAX_BLOCK = 1 << 20;
  private static final int MAX_HOLDER = 128;
  private static final Duration MIN_LEASE = Duration.ofSeconds(1);
  private static final Duration MAX_LEASE = Duration.ofDays(30);

  private final KeysClient keys;
  private final String namespace;
  private int blockSize = 10_000;
  private Duration lease = Duration.ofMinutes(10);
  private String holder = "";

  KeySourceBuilder(KeysClient keys, String namespace) {
    this.keys = keys;
    this.namespace = namespace;
  }

  /**
   * How many keys to lease at a time: 1 to 1,048,576, default 10,000. Two blocks are held, so a
   * program that is killed leaves up to twice as many of unknown fate.
   */
  public KeySourceBuilder blockSize(int value) {
    if (value < 1 || value > MAX_BLOCK) {
      throw new IllegalArgumentException("blockSize must be 1 to " + MAX_BLOCK + "; got " + value);
    }
    blockSize = value;
    return this;
  }

  /** How long a block is used: 1 s to 30 days, default 10 minutes. Then what is left goes back. */
  public KeySourceBuilder lease(Duration value) {
    if (value.compareTo(MIN_LEASE) < 0 || value.compareTo(MAX_LEASE) > 0) {
      throw new IllegalArgumentException("lease must be 1 s to 30 days; got " + value);
    }
    lease = value;
    return this;
  }

  /** Who holds the leases, for those who read the list; at most 128 characters of ASCII. */
  public KeySourceBuilder holder(String value) {
    if (value.length() > MAX_HOLDER) {
      throw new IllegalArgumentException("holder must have at most 128 characters");
    }
    holder = value;
    return this;
  }

  /** Makes the source, which leases its first block at once. */
  public KeySource open() {
    return new KeySource(new BlockLeases(keys, namespace, blockSize, lease, holder));
  }
}
