package io.thalweg.server;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.Permission;
import io.thalweg.runtime.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code thalweg api-keys}: the keys that callers of a running node prove themselves with. */
@Command(
    name = "api-keys",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Creates, lists and revokes the API keys of a running node.",
      "",
      "The environment variable THALWEG_API_KEY holds the key that this command asks with; the"
          + " first one is made with the token in DATA/operator.token."
    },
    footer = {
      "",
      "Example:",
      "  THALWEG_API_KEY=$(cat data/operator.token) \\",
      "    thalweg api-keys create game-server --allow leaderboard:read+write",
      "",
      "PERMISSION is SERVICE:ACCESS[:PREFIX]: a service or '*' or 'operations'; read, write or"
          + " admin, joined by '+'; and optionally how the names of boards (or other keys) must"
          + " begin."
    })
final class ApiKeysCommand {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin AdminRequests requests = new AdminRequests();

  /** Creates. */
  @Command(description = "Creates a key. Its secret is in the answer, and never shown again.")
  int create(
      @Parameters(
              paramLabel = "NAME",
              description = "1 to 40 of a-z, 0-9 and '-', beginning with a letter.")
          String name,
      @Option(
              names = "--allow",
              paramLabel = "PERMISSION",
              required = true,
              description = "What it allows; may be repeated.")
          List<String> allow,
      @Option(
              names = "--expires",
              paramLabel = "AGE",
              description = "How long it is good: 90m, 36h, 30d. Default: for ever")
          @Nullable String expires,
      @Option(
              names = "--description",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "Up to 256 bytes.")
          String description)
      throws InterruptedException {
    CreateApiKeyRequest.Builder request =
        CreateApiKeyRequest.newBuilder().setDescription(description);
    try {
      for (String text : allow) {
        io.thalweg.edge.Permission permission = io.thalweg.edge.Permission.parse(text);
        request.addPermissions(
            Permission.newBuilder()
                .setService(permission.service())
                .addAllAccess(permission.access())
                .setKeyPrefix(permission.keyPrefix()));
      }
      if (expires != null) {
        Duration age = KeepLog.age("expires", expires);
        request.setExpireTime(
            Timestamp.newBuilder().setSeconds(Instant.now().plus(age).getEpochSecond()));
      }
    } catch (Failure | BadOption e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    requests.print(spec, "POST", path(name), json(request));
    return 0;
  }

  /** Lists. */
  @Command(description = "Lists keys as JSON by name, also those that are revoked or expired.")
  int list(
      @Option(
              names = "--page-token",
              paramLabel = "TOKEN",
              defaultValue = "",
              description = "From the page before.")
          String pageToken)
      throws InterruptedException {
    requests.print(
        spec, "GET", "/v1/apiKeys?pageSize=1000&pageToken=" + AdminRequests.encode(pageToken), "");
    return 0;
  }

  /** Revokes. */
  @Command(description = "Revokes a key for good; it opens nothing a second later.")
  int revoke(@Parameters(paramLabel = "NAME", description = "Name of the key.") String name)
      throws InterruptedException {
    requests.print(spec, "DELETE", path(name), "");
    return 0;
  }

  private static String path(String name) {
    return "/v1/apiKeys/" + AdminRequests.encode(name);
  }

  private static String json(CreateApiKeyRequest.Builder request) {
    try {
      return JsonFormat.printer().print(request);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a request has no Any", e);
    }
  }
}
