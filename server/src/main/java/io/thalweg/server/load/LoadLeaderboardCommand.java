package io.thalweg.server.load;

import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.server.CommandFailed;
import io.thalweg.server.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg load leaderboard}. */
@Command(
    name = "leaderboard",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Loads scores from a file of rows (CSV, TSV or JSON lines; plain or gzip) into a board.",
      "",
      "The board keeps a permanent mark of how far each source was loaded. A load that is"
          + " repeated, or was cut off, goes on behind the mark: every row counts once."
    },
    footer = {
      "",
      "Example: every goal of a player counts one, own goals do not",
      "  thalweg load leaderboard --url http://127.0.0.1:8080 --board goals --operator sum \\",
      "    --file goalscorers.csv --member-column scorer --score 1 --where own_goal=FALSE"
    })
final class LoadLeaderboardCommand implements Callable<Integer> {
  private static final int MAX_NAME_BYTES = 128;
  private static final int MAX_BATCH = 1000;
  private static final int MAX_PORT = 65_535;
  private static final long DEFAULT_PATIENCE_S = 60;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Where the node listens. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://127.0.0.1:8080")
  URI url = URI.create("http://127.0.0.1:8080");

  @Option(names = "--board", required = true, description = "The board. Made if there is none.")
  String board = "";

  @Option(
      names = "--operator",
      paramLabel = "OPERATOR",
      description =
          "What a further score of the same member does: best, last, sum, min or max. Default: what"
              + " the board has; best for a new one.")
  @Nullable String operator;

  @Option(names = "--file", required = true, description = "The file to load.")
  Path file = Path.of("");

  @Option(
      names = "--format",
      description = "csv, tsv or jsonl. Default: by the file's extension, .gz passed over.")
  @Nullable String format;

  @Option(
      names = "--member-column",
      paramLabel = "COLUMN",
      required = true,
      description = "The column (of JSON lines: the field) that holds the member.")
  String memberColumn = "";

  @ArgGroup(multiplicity = "1")
  ScoreOption score = new ScoreOption();

  /** One of the two. */
  static final class ScoreOption {
    @Option(names = "--score", paramLabel = "N", description = "The score of every row.")
    @Nullable String fixed;

    @Option(
        names = "--score-column",
        paramLabel = "COLUMN",
        description = "The column that holds the score.")
    @Nullable String column;
  }

  @Option(
      names = "--where",
      paramLabel = "COLUMN=TEXT",
      mapFallbackValue = Option.NULL_VALUE,
      description = "Only rows that hold exactly this text there. May be repeated: all must hold.")
  Map<String, String> where = Map.of();

  @Option(
      names = "--batch",
      paramLabel = "ROWS",
      defaultValue = "1000",
      description = "Scores in a request, 1 to 1000. Default: ${DEFAULT-VALUE}")
  int batch = MAX_BATCH;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description =
          "The source's name, which the mark is kept under. Default: a hash of the content and of"
              + " the options that say what rows mean. Name it yourself if the file only ever"
              + " grows at its end.")
  @Nullable String source;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description = "How long to wait for a server that is away or busy. Default: 60")
  long patienceS = DEFAULT_PATIENCE_S;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    checkOptions();
    RowMapping mapping = mapping();
    SourceFile rows = sourceFile();
    long startNs = System.nanoTime();
    String id = source == null ? SourceId.of(rows, mapping) : source;
    LeaderboardLoad.Summary summary = load(rows, mapping, id, err);
    print(summary, (System.nanoTime() - startNs) / 1e9, out);
    return 0;
  }

  private LeaderboardLoad.Summary load(
      SourceFile rows, RowMapping mapping, String id, PrintWriter err)
      throws IOException, InterruptedException {
    try (Progress progress = Progress.of(board, rows.sizeBytes(), err);
        RetryingHttp http =
            new RetryingHttp(
                TimeUnit.SECONDS.toMillis(patienceS),
                problem -> progress.say(problem + "; trying again"))) {
      LeaderboardClient client = new LeaderboardClient(http, url, board, operator(), id);
      return run(new LeaderboardLoad(rows, mapping, client, batch, progress), id);
    }
  }

  private LeaderboardLoad.Summary run(LeaderboardLoad load, String id)
      throws IOException, InterruptedException {
    try {
      return load.run();
    } catch (BadInput e) {
      throw new CommandFailed(e.getMessage() + System.lineSeparator() + advice(e, load, id), e);
    } catch (CommandFailed e) {
      // Row 0 may only mean that the board could not be asked.
      String loaded =
          load.markRow() == 0 ? "" : "Rows 1 to %,d are loaded. ".formatted(load.markRow());
      throw new CommandFailed(
          "%s%n%sRun the same command again to go on.".formatted(e.getMessage(), loaded), e);
    }
  }

  /** How far the load came, and how to go on from there under the name that the mark has. */
  private static String advice(BadInput problem, LeaderboardLoad load, String id) {
    if (load.markRow() == 0) {
      return "Nothing is loaded.";
    }
    String loaded = "Rows 1 to %,d are loaded, nothing after them.".formatted(load.markRow());
    return problem.isInRow()
        ? "%s Correct the row in its place, then go on with%n  --source %s".formatted(loaded, id)
        : loaded;
  }

  private static void print(LeaderboardLoad.Summary summary, double seconds, PrintWriter out) {
    out.printf("rows in the file      %,12d%n", summary.rows());
    out.printf("loaded before         %,12d%n", summary.loadedBefore());
    out.printf("rows now              %,12d%n", summary.rows() - summary.loadedBefore());
    out.printf("of these, that count  %,12d%n", summary.counted());
    out.printf("scores applied        %,12d%n", summary.applied());
    out.printf("seconds               %12.2f%n", seconds);
    out.flush();
  }

  private void checkOptions() {
    if (!("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
        || url.getHost() == null) {
      throw usage("--url must be like http://127.0.0.1:8080; got '" + url + "'");
    }
    if (url.getPort() > MAX_PORT) {
      throw usage("--url must have a port within 0.." + MAX_PORT + "; got " + url.getPort());
    }
    name("--board", board);
    if (source != null) {
      name("--source", source);
    }
    if (batch < 1 || batch > MAX_BATCH) {
      throw usage("--batch must be within 1.." + MAX_BATCH + "; got " + batch);
    }
    if (patienceS < 0 || patienceS > TimeUnit.DAYS.toSeconds(1)) {
      throw usage("--patience must be within 0..86400 seconds; got " + patienceS);
    }
    for (Map.Entry<String, String> condition : where.entrySet()) {
      if (condition.getValue() == null) {
        throw usage("--where must be COLUMN=TEXT; got '" + condition.getKey() + "'");
      }
    }
  }

  private void name(String option, String value) {
    int bytes = value.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > MAX_NAME_BYTES) {
      throw usage(option + " must have 1 to " + MAX_NAME_BYTES + " bytes of UTF-8; got " + bytes);
    }
  }

  private RowMapping mapping() {
    Double fixed = null;
    if (score.fixed != null) {
      try {
        fixed = RowMapping.finite(score.fixed);
      } catch (NumberFormatException e) {
        throw usage("--score must be a finite number; got '" + score.fixed + "'");
      }
    }
    return new RowMapping(memberColumn, fixed, score.column, where);
  }

  private Operator operator() {
    if (operator == null) {
      return Operator.OPERATOR_UNSPECIFIED;
    }
    return switch (operator.toLowerCase(Locale.ROOT)) {
      case "best" -> Operator.BEST;
      case "last" -> Operator.LAST;
      case "sum" -> Operator.SUM;
      case "min" -> Operator.MIN;
      case "max" -> Operator.MAX;
      default ->
          throw usage("--operator must be best, last, sum, min or max; got '" + operator + "'");
    };
  }

  private SourceFile sourceFile() throws IOException {
    Format known;
    if (format == null) {
      known =
          Format.ofName(String.valueOf(file.getFileName()))
              .orElseThrow(() ->
                  usage(
                      "--format is needed: the extension of '%s' is none of .csv, .tsv, .jsonl"
                          .formatted(file)));
    } else {
      known =
          switch (format.toLowerCase(Locale.ROOT)) {
            case "csv" -> Format.CSV;
            case "tsv" -> Format.TSV;
            case "jsonl" -> Format.JSONL;
            default -> throw usage("--format must be csv, tsv or jsonl; got '" + format + "'");
          };
    }
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new CommandFailed(file + " is not a regular file; a load may have to read it again");
    }
    return new SourceFile(file, known);
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
