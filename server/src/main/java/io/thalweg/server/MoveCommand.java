package io.thalweg.server;

import io.thalweg.host.Host;
import io.thalweg.kafka.KafkaMoveTarget;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.runtime.DataMove;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg move}. */
@Command(
    name = "move",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Brings the data of a node that has its log for itself into a cluster on Kafka, which is"
          + " made: its topics must be empty, or not there. The node must be stopped, and no node"
          + " of the cluster may run.",
      "",
      "Rows, stored replies, timers, messages on their way, pending calls, dead letters and keys of"
          + " sealed data are brought; the events that made them are not: watchers get 'resync',"
          + " and no one can watch from before. At the end all is read back and compared.",
      "",
      "If it is interrupted, the same command goes on. From its start on no node starts on the"
          + " data directory."
    })
final class MoveCommand implements Callable<Integer> {
  private static final int MAX_PARTITIONS = 1024;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  Path data = Path.of("data");

  @Mixin KafkaFlags kafka = new KafkaFlags();

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description =
          "Partitions of each service in the cluster, if its topic is not there; fixed then."
              + " Default: as many as the node has")
  @Nullable Integer partitions;

  @Override
  public Integer call() {
    if (partitions != null && (partitions < 1 || partitions > MAX_PARTITIONS)) {
      throw new ParameterException(
          spec.commandLine(),
          "--partitions must be within 1..%d; got %d".formatted(MAX_PARTITIONS, partitions));
    }
    KafkaOptions options = options();
    if (!Files.isDirectory(data.resolve("log"))) {
      throw new CommandFailed(data + " is not the data directory of a node: it has no log in it");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (EventProgress progress = new EventProgress(spec.commandLine().getErr());
        DataMove move = new DataMove(data, NodeServer.SERVICES, Host.machine(), progress::at);
        KafkaMoveTarget target = KafkaMoveTarget.connect(options, Host.machine())) {
      move.run(target, partitions == null ? 0 : partitions)
          .forEach(moved -> out.println(moved.line()));
      out.println(
          move.isShortened()
              ? "The node's log was shortened before, so its first events are nowhere; the others"
                  + " stay in "
                  + data
                  + "."
              : "The events that made these rows stay in "
                  + data
                  + ", and are not in the cluster:");
      out.println(
          "watchers begin anew, with what is written from now on. Nodes start with --kafka "
              + kafka.servers
              + " --cluster "
              + kafka.cluster
              + " and data directories of their own.");
    }
    out.flush();
    return 0;
  }

  private KafkaOptions options() {
    try {
      KafkaOptions options = kafka.over(UpKafka.NONE).options();
      if (options == null) {
        throw new BadOption("kafka must be given, and cluster");
      }
      return options;
    } catch (BadOption e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }
}
