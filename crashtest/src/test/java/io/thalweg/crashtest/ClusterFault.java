package io.thalweg.crashtest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What befalls a cluster under load. What a fault has broken is whole again when it returns. */
enum ClusterFault {
  /** SIGKILL of a leader; it is started again. */
  KILL {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      victim.kill();
      pause.run();
      victim.launch(List.of());
      victim.awaitReady();
    }
  },
  /** SIGSTOP of a leader for longer than the others wait for it, then SIGCONT. */
  FREEZE {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      victim.process().signal("STOP");
      try {
        pause.run();
      } finally {
        victim.process().signal("CONT");
      }
    }
  },
  /** SIGTERM of a leader; it is started again. */
  RESTART {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      victim.stop();
      victim.launch(List.of());
      victim.awaitReady();
    }
  },
  /** Nothing passes between a leader and Kafka; what it has sent arrives late. */
  KAFKA_SILENT {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      with(victim.kafka(), Wire.State.SILENT, pause);
    }
  },
  /** What a leader writes arrives in Kafka, and it hears nothing of it. */
  KAFKA_ONE_WAY {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      with(victim.kafka(), Wire.State.NO_ANSWERS, pause);
    }
  },
  /** A leader's connections to Kafka are closed, and new ones too. */
  KAFKA_CUT {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      with(victim.kafka(), Wire.State.CUT, pause);
    }
  },
  /** The others do not reach a leader, which reaches them. */
  PEERS_SILENT {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      with(victim.peers(), Wire.State.SILENT, pause);
    }
  },
  /** What the others send to a leader arrives, and they do not hear its answers. */
  PEERS_ONE_WAY {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      with(victim.peers(), Wire.State.NO_ANSWERS, pause);
    }
  },
  /** No node reaches Kafka. */
  KAFKA_AWAY {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      cluster.nodes().forEach(node -> node.kafka().become(Wire.State.CUT));
      try {
        pause.run();
      } finally {
        cluster.nodes().forEach(node -> node.kafka().become(Wire.State.WHOLE));
      }
    }
  },
  /** A node that knows nothing of the others takes everything over, again and again. */
  DUEL {
    @Override
    void strike(RealCluster cluster, ClusterNode victim, Pause pause)
        throws IOException, InterruptedException {
      Path data = cluster.folder().resolve("stranger");
      List<String> words = new ArrayList<>();
      words.addAll(List.of("up", "--port", "0", "--data", data.toString()));
      words.addAll(List.of("--kafka", cluster.bootstrap(), "--cluster", "faults", "--kafka-dev"));
      try (NodeProcess stranger =
          NodeProcess.start(
              cluster.folder(), NodeProgram.prepared().command(NodeProcess.SMALL_SIZES, words))) {
        // It may never be ready: the others do not give way.
        pause.run();
        stranger.kill();
      }
    }
  };

  /** How long a fault lasts. */
  record Pause(long ms) {
    void run() throws InterruptedException {
      TimeUnit.MILLISECONDS.sleep(ms);
    }
  }

  /**
   * Befalls the cluster.
   *
   * @param victim a node that leads what is written to
   * @param pause how long it lasts
   */
  abstract void strike(RealCluster cluster, ClusterNode victim, Pause pause)
      throws IOException, InterruptedException;

  private static void with(Wire wire, Wire.State state, Pause pause) throws InterruptedException {
    wire.become(state);
    try {
      pause.run();
    } finally {
      wire.become(Wire.State.WHOLE);
    }
  }
}
