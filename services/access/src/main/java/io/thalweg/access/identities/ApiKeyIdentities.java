package io.thalweg.access.identities;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.access.Access;
import io.thalweg.access.ApiKeySecret;
import io.thalweg.access.v1.GetProjectRequest;
import io.thalweg.access.v1.IdentifyApiKeyRequest;
import io.thalweg.access.v1.IdentifyApiKeyResponse;
import io.thalweg.access.v1.Project;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Identities;
import io.thalweg.edge.Identity;
import io.thalweg.edge.Permission;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Identifies callers by the keys that this service keeps. Each answer is that of the log: a key
 * that was revoked before the question identifies nobody. Whoever caches answers decides how long
 * that may take.
 */
public final class ApiKeyIdentities implements Identities {
  private final Node node;

  /**
   * @param node has the service {@link Access}
   */
  public ApiKeyIdentities(Node node) {
    this.node = node;
  }

  @Override
  public CompletableFuture<Identity> identify(Credentials.Token token) {
    ApiKeySecret secret = ApiKeySecret.parse(token.text());
    if (secret == null) {
      return CompletableFuture.failedFuture(nobody());
    }
    // Keys are rows of their project.
    Caller asking = new Caller(secret.project(), "gateway");
    return ask(
            IdentifyApiKeyRequest.newBuilder()
                .setKey(secret.key())
                .setSecret(secret.text())
                .build(),
            asking,
            IdentifyApiKeyResponse.class)
        .handle((response, cause) -> {
          if (cause == null) {
            return identity(secret, response);
          }
          throw failure(cause).code() == Code.NOT_FOUND ? nobody() : failure(cause);
        });
  }

  @Override
  public CompletableFuture<Integer> projectNumber(String name) {
    return ask(
            GetProjectRequest.newBuilder().setProject(name).build(),
            new Caller(0, "gateway"),
            Project.class)
        .thenApply(Project::getNumber);
  }

  private <R extends Message> CompletableFuture<R> ask(
      Message request, Caller caller, Class<R> reply) {
    return node.submit(new Request(request, caller, null, Long.MAX_VALUE), reply);
  }

  private static Identity identity(ApiKeySecret secret, IdentifyApiKeyResponse response) {
    return new Identity(
        new Caller(secret.project(), "key:" + secret.key()),
        response.getPermissionsList().stream()
            .map(p ->
                new Permission(p.getService(), Set.copyOf(p.getAccessList()), p.getKeyPrefix()))
            .toList());
  }

  private static Failure nobody() {
    return Failure.of(
        Code.UNAUTHENTICATED, "the API key is unknown, revoked or expired, or was cut");
  }

  private static Failure failure(Throwable cause) {
    return Failure.of(cause, "the caller could not be identified");
  }
}
