package io.thalweg.server.load;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.ImportMark;
import io.thalweg.leaderboard.v1.ImportStep;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.server.CommandFailed;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The two calls that an import needs: where does the mark stand, and apply this batch at its place.
 * Both may be repeated at will, so a lost connection or a busy server is met by trying again.
 */
final class LeaderboardClient {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

  private final RetryingHttp http;
  private final URI url;
  private final String board;
  private final Operator operator;
  private final String source;

  /**
   * @param url of the server
   * @param operator unspecified: whatever the board has
   * @param source name of the source, 1 to 128 bytes
   */
  LeaderboardClient(RetryingHttp http, URI url, String board, Operator operator, String source) {
    this.http = http;
    this.url = url;
    this.board = board;
    this.operator = operator;
    this.source = source;
  }

  /** The row up to which the source was applied; 0 if never, or if there is no board yet. */
  long markRow() throws InterruptedException {
    RetryingHttp.Answer answer = http.send(request("/imports/" + segment(source)).GET().build());
    if (answer.code() == Code.NOT_FOUND) {
      return 0;
    }
    ImportMark.Builder mark = ImportMark.newBuilder();
    parse(answer.orFail(), mark);
    return mark.getRow();
  }

  /**
   * Applies a batch at its place in the source.
   *
   * @return where the mark stands then; empty if it stood elsewhere, so that the batch was refused
   */
  Optional<Applied> submit(ScoreBatch batch) throws InterruptedException {
    SubmitScoresRequest message =
        SubmitScoresRequest.newBuilder()
            .setBoard(board)
            .setOperator(operator)
            .addAllScores(batch.scores())
            .setImport(
                ImportStep.newBuilder()
                    .setSource(source)
                    .setAfterRow(batch.afterRow())
                    .setLastRow(batch.lastRow()))
            .build();
    RetryingHttp.Answer answer =
        http.send(
            request("/scores:batch")
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(print(message)))
                .build());
    if (answer.code() == Code.ABORTED) {
      return Optional.empty();
    }
    SubmitScoresResponse.Builder reply = SubmitScoresResponse.newBuilder();
    parse(answer.orFail(), reply);
    return Optional.of(new Applied(reply.getApplied(), reply.getImportRow()));
  }

  private HttpRequest.Builder request(String below) {
    String base = url.toString().replaceAll("/+$", "");
    return HttpRequest.newBuilder(URI.create(base + "/v1/boards/" + segment(board) + below));
  }

  private static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String print(SubmitScoresRequest message) {
    try {
      return PRINTER.print(message.toBuilder().clearBoard());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  private void parse(String json, Message.Builder builder) {
    try {
      PARSER.merge(json, builder);
    } catch (InvalidProtocolBufferException e) {
      throw new CommandFailed(
          url + " answered something else than a Thalweg node: " + e.getMessage(), e);
    }
  }

  /**
   * A batch was taken.
   *
   * @param now whether by this request; otherwise it was there before
   * @param markRow the mark afterwards
   */
  record Applied(boolean now, long markRow) {}
}
