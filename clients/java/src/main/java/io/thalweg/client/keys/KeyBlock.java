package io.thalweg.client.keys;

import io.thalweg.keys.space.KeyMaker;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.LeaseProgress;
import io.thalweg.keys.v1.Run;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A leased block that keys are made from, a group at a time. Guarded by the lock of its source.
 *
 * <p>It counts how far it is in numbers of the block, so that what is handed back begins right
 * behind the last key that was given.
 */
final class KeyBlock {
  private final long epoch;
  private final long expireNs;
  private final KeyMaker maker;
  private final List<Run> runs;
  private final long total;

  private final @Nullable String[] made = new @Nullable String[KeyMaker.GROUP];
  private int madeCount;
  private int at;
  private int run;
  private long inRun;

  /** Numbers of the groups before the one that is made. */
  private long before;

  /**
   * A block.
   *
   * @param expireNs when it is no longer used, of {@link System#nanoTime}: counted from before the
   *     request was sent
   */
  KeyBlock(LeaseKeysResponse lease, KeyMaker maker, long expireNs) {
    this.epoch = lease.getEpoch();
    this.expireNs = expireNs;
    this.maker = maker;
    this.runs = lease.getRunsList();
    this.total = runs.stream().mapToLong(Run::getCount).sum();
  }

  /** The next key, or null if there is none any more. */
  @Nullable String next() {
    while (true) {
      while (at < madeCount) {
        String key = made[at++];
        if (key != null) {
          return key;
        }
      }
      if (run == runs.size()) {
        return null;
      }
      makeGroup();
    }
  }

  private void makeGroup() {
    before += madeCount;
    Run present = runs.get(run);
    int count = (int) Math.min(KeyMaker.GROUP, present.getCount() - inRun);
    maker.make(present.getStart() + inRun, count, made);
    madeCount = count;
    at = 0;
    inRun += count;
    if (inRun == present.getCount()) {
      run++;
      inRun = 0;
    }
  }

  boolean isExpired(long nowNs) {
    return nowNs - expireNs >= 0;
  }

  boolean isHalfUsed() {
    return before + at >= total / 2;
  }

  LeaseProgress progress() {
    return LeaseProgress.newBuilder().setEpoch(epoch).setHandedOut(before + at).build();
  }
}
