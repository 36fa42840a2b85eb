package io.thalweg.testkit;

import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupCut;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.log.backup.KeyTags;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A node that is backed up over a network: each question takes a time, in which it works on. */
final class DistantNode implements BackupSource {
  private static final int MAX_WAY_NS = 50_000_000;

  private final BackupSource node;
  private final SimulatedHost world;
  private final SplittableRandom random;

  DistantNode(BackupSource node, SimulatedHost world, SplittableRandom random) {
    this.node = node;
    this.world = world;
    this.random = random;
  }

  private void travel() {
    world.sleep(1 + random.nextInt(MAX_WAY_NS));
  }

  @Override
  public BackupCut cut() throws IOException {
    travel();
    return node.cut();
  }

  @Override
  public int read(BackupCut cut, long position, ByteBuffer into) throws IOException {
    travel();
    return node.read(cut, position, into);
  }

  @Override
  public BackupBase base() throws IOException {
    travel();
    return node.base();
  }

  @Override
  public int readBase(String file, long position, ByteBuffer into) throws IOException {
    travel();
    return node.readBase(file, position, into);
  }

  @Override
  public void hold(String name, String note, UUID logId, long position) throws IOException {
    travel();
    node.hold(name, note, logId, position);
  }

  @Override
  public void release(String name) throws IOException {
    travel();
    node.release(name);
  }

  @Override
  public @Nullable KeyTags keyTags() throws IOException {
    travel();
    return node.keyTags();
  }

  @Override
  public byte[] keys(KeyTags of, int bucket) throws IOException {
    travel();
    return node.keys(of, bucket);
  }
}
