package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStatus.PartitionStatus;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A node in this process whose partitions have one filled board each. */
final class BoardNode implements AutoCloseable {
  private static final int WINDOW_BATCHES = 16;
  private static final int MAX_TRIES = 1000;

  private final Node node;
  private final List<Load> boards = new ArrayList<>();

  private BoardNode(Node node) {
    this.node = node;
  }

  /**
   * Opens a node on a new directory with default options, but so many partitions, and gives each
   * partition a board with so many members.
   */
  static BoardNode open(Path data, int partitions, int membersPerBoard) {
    Node node =
        Thalweg.at(data)
            .options(NodeOptions.defaults().withPartitions(partitions))
            .service(Leaderboard.TYPE)
            .open();
    BoardNode opened = new BoardNode(node);
    String[] members = Load.members(membersPerBoard);
    for (String name : opened.boardNames(partitions)) {
      Load load = new Load(name, members, 7);
      opened.fill(load);
      opened.boards.add(load);
    }
    return opened;
  }

  Node node() {
    return node;
  }

  /** One for each partition. */
  List<Load> boards() {
    return boards;
  }

  /** Names that fall to different partitions: found out by looking which partition grows. */
  private List<String> boardNames(int partitions) {
    List<String> names = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (int i = 0; names.size() < partitions; i++) {
      if (i == MAX_TRIES) {
        throw new IllegalStateException("no board name falls to some partition");
      }
      List<PartitionStatus> before = node.status().partitions();
      String name = "bench" + i;
      node.call(new Load(name, Load.members(1), 1).fill(0), Message.class);
      List<PartitionStatus> after = node.status().partitions();
      for (int p = 0; p < partitions; p++) {
        if (after.get(p).endOffset() > before.get(p).endOffset()
            && taken.add(after.get(p).name())) {
          names.add(name);
        }
      }
    }
    return names;
  }

  private void fill(Load load) {
    ClosedLoop loop = new ClosedLoop(node, WINDOW_BATCHES);
    for (int first = 0; first < load.memberCount(); first += Load.BATCH) {
      loop.submit(load.fill(first));
    }
    loop.awaitAll();
    if (loop.refused() > 0) {
      throw new IllegalStateException("the board could not be filled: " + loop.lastFailure());
    }
  }

  @Override
  public void close() {
    node.close();
  }
}
