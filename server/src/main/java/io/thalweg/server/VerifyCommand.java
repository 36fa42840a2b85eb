package io.thalweg.server;

import io.thalweg.log.LogFiles;
import io.thalweg.log.LogVerifier;
import io.thalweg.runtime.DataDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code thalweg verify}. */
@Command(
    name = "verify",
    usageHelpAutoWidth = true,
    description = {
      "Checks the data of a node that does not run: that the log is whole (checksums, chains,"
          + " offsets), and that tables rebuilt from it equal the stored ones. Changes nothing.",
      "",
      "Exits with 0 if all is well, with 1 if not."
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  Path data = Path.of("data");

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (DataDirectory directory = StoppedNode.lock(data)) {
      LogVerifier.Report report =
          LogVerifier.verify(directory.log(), LogFiles.disk(), (bytes, of) -> {});
      out.println(report);
    }
    return 0;
  }
}
