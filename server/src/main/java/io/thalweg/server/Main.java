package io.thalweg.server;

import io.thalweg.server.backup.BackupCommand;
import io.thalweg.server.backup.RestoreCommand;
import io.thalweg.server.load.LoadCommand;
import io.thalweg.server.top.TopCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeExceptionMapper;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * The {@code thalweg} command line.
 *
 * <p>Exit codes: 0 it is done, 1 it could not be done, 2 it was not understood.
 */
@Command(
    name = "thalweg",
    description = "Durable backends in one program, over one replayable log.",
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true,
    versionProvider = VersionCommand.class,
    subcommands = {
      UpCommand.class,
      LoadCommand.class,
      LogCommand.class,
      VerifyCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      ReadersCommand.class,
      DeadLettersCommand.class,
      ApiKeysCommand.class,
      ProjectsCommand.class,
      AuditCommand.class,
      OutboxCommand.class,
      TopCommand.class,
      CheckpointCommand.class,
      RebuildCommand.class,
      MoveCommand.class,
      ClusterCommand.class,
      DevClusterCommand.class,
      VersionCommand.class,
      RehearseCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "'thalweg COMMAND --help' tells more about a command.",
      "Exit codes: 0 done, 1 failed, 2 not understood.",
      "THALWEG_JAVA_HOME names the JDK, THALWEG_JAVA_OPTS adds options of the JVM."
    })
public final class Main {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Shows this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Shows the version.")
  boolean version;

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args));
  }

  /** Runs a command; the exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    // Numbers and dates are read by programs too: the same in every place.
    Locale.setDefault(Locale.ROOT);
    CommandLine line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setParameterExceptionHandler(Main::notUnderstood);
    line.setExecutionExceptionHandler((e, command, _) -> failed(e, command));
    line.setExitCodeExceptionMapper(exitCodes());
    line.setExpandAtFiles(false);
    return line.execute(args);
  }

  private static IExitCodeExceptionMapper exitCodes() {
    return e -> e instanceof ParameterException ? 2 : 1;
  }

  private static int notUnderstood(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("thalweg: " + e.getMessage());
    if (!command.getSubcommands().isEmpty() && args.length == 0) {
      command.usage(err);
      return 2;
    }
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("'" + command.getCommandSpec().qualifiedName() + " --help' tells how it is used.");
    return 2;
  }

  private static int failed(Exception e, CommandLine command) throws Exception {
    PrintWriter err = command.getErr();
    switch (e) {
      case ParameterException wrong -> {
        return notUnderstood(wrong, new String[0]);
      }
      case InterruptedException _ -> err.println("thalweg: interrupted");
      case NoSuchFileException none -> err.println("thalweg: there is no file " + none.getFile());
      case AccessDeniedException denied ->
          err.println("thalweg: no permission for " + denied.getFile());
      case FileSystemException file -> err.println("thalweg: " + file.getMessage());
      case CommandFailed failure -> err.println("thalweg: " + failure.getMessage());
      default -> err.println("thalweg: " + Reasons.of(e));
    }
    if (System.getenv("THALWEG_DEBUG") != null) {
      e.printStackTrace(err);
    }
    return 1;
  }
}
