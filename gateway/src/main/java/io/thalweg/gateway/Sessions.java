package io.thalweg.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.Access;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Identities;
import io.thalweg.edge.Identity;
import io.thalweg.edge.MethodAccess;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Trace;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Opens sessions. Who was identified is remembered for {@link #REMEMBERED}, and so is who was not:
 * that is how long a key that was revoked may still be used. Thread-safe.
 */
final class Sessions {
  /** How long an answer about credentials is used again. */
  static final Duration REMEMBERED = Duration.ofSeconds(1);

  private static final int MAX_REMEMBERED = 10_000;
  private static final int MAX_TOKEN_BYTES = 8192;

  private final Backend backend;
  private final @Nullable Identities identities;
  private final boolean required;
  private final RateLimits limits;
  private final Audit audit;
  private final Capacity capacity;
  private final Map<Class<?>, MethodAccess> methods = new HashMap<>();
  private final Cache<String, CompletableFuture<Identity>> remembered =
      Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).expireAfterWrite(REMEMBERED).build();
  private final Session anonymous;

  Sessions(Backend backend, Security security) {
    this.backend = backend;
    this.identities = security.identities();
    this.required = security.credentialsRequired();
    this.limits = new RateLimits(security.limits(), backend.meters());
    this.audit = new Audit(backend.meters(), security.audit());
    this.capacity = new Capacity(backend::queuedMs, System::nanoTime, backend.meters());
    for (MethodType method : backend.methods()) {
      methods.put(method.request().getClass(), MethodAccess.of(method));
    }
    this.anonymous =
        required ? new Refused(needed()) : session(Identity.unlimited(Caller.ANONYMOUS));
  }

  RateLimits limits() {
    return limits;
  }

  Audit audit() {
    return audit;
  }

  /** What the node can take. */
  Capacity capacity() {
    return capacity;
  }

  /** Whether who presents no credentials may do nothing. */
  boolean required() {
    return required;
  }

  /**
   * Whether a session's client may do what concerns the whole node.
   *
   * @param what for the audit log
   * @param looks whether it changes nothing
   * @throws Failure PERMISSION_DENIED if not
   */
  void checkOperations(Session session, Access access, String what, boolean looks) {
    if (!(session instanceof GuardedSession guarded)) {
      throw needed();
    }
    try {
      guarded.identity().checkOperations(access);
    } catch (Failure denied) {
      audit.refused(session.caller(), what, denied);
      throw denied;
    }
    if (access == Access.ADMIN && looks) {
      audit.looked(session.caller(), what);
    } else if (access == Access.ADMIN) {
      audit.did(session.caller(), what);
    }
  }

  /**
   * Whether a session's client may do anything at all.
   *
   * @throws Failure UNAUTHENTICATED if not
   */
  static void checkKnown(Session session) {
    if (session instanceof Refused(Failure reason)) {
      throw reason;
    }
  }

  static Failure needed() {
    return Failure.of(
        Code.UNAUTHENTICATED,
        "credentials are needed: send 'Authorization: Bearer ' and an API key or a token");
  }

  /** Of somebody who has presented nothing. */
  Session anonymous() {
    return anonymous;
  }

  /**
   * Of whoever the credentials belong to.
   *
   * @param project the project to act in, for those who may choose; null: their own
   * @return fails with a {@link Failure}
   */
  CompletableFuture<Session> open(Credentials credentials, @Nullable String project) {
    CompletableFuture<Identity> identity =
        switch (credentials) {
          case Credentials.None none ->
              required
                  ? null
                  : CompletableFuture.completedFuture(Identity.unlimited(Caller.ANONYMOUS));
          case Credentials.Token token -> identify(token);
        };
    if (identity == null) {
      return CompletableFuture.completedFuture(anonymous);
    }
    return project == null
        ? identity.thenApply(this::session)
        : identity.thenCompose(who -> within(who, project)).thenApply(this::session);
  }

  private Session session(Identity identity) {
    return new GuardedSession(backend, methods, identity, limits, audit, capacity);
  }

  private CompletableFuture<Identity> identify(Credentials.Token token) {
    // Without identities credentials are no use, and do no harm.
    if (identities == null) {
      return CompletableFuture.completedFuture(Identity.unlimited(Caller.ANONYMOUS));
    }
    if (token.text().length() > MAX_TOKEN_BYTES) {
      return CompletableFuture.failedFuture(
          Failure.of(
              Code.UNAUTHENTICATED, "a token must have at most " + MAX_TOKEN_BYTES + " bytes"));
    }
    CompletableFuture<Identity> present = remembered.getIfPresent(token.text());
    if (present == null) {
      present = identities.identify(token);
      remembered.put(token.text(), present);
      var _ =
          present.whenComplete((identity, cause) -> {
            if (cause instanceof Failure failure) {
              audit.refused(Caller.ANONYMOUS, "credentials", failure);
              // What could not be told may be told the next time.
              if (failure.code() != Code.UNAUTHENTICATED) {
                remembered.invalidate(token.text());
              }
            }
          });
    }
    return present;
  }

  /** The same somebody in another project. */
  private CompletableFuture<Identity> within(Identity who, String project) {
    if (project.equals("default") && who.caller().project() == 0) {
      return CompletableFuture.completedFuture(who);
    }
    if (identities == null) {
      return CompletableFuture.failedFuture(
          Failure.of(
              Code.FAILED_PRECONDITION, "this server keeps no projects: there is only 'default'"));
    }
    return identities
        .projectNumber(project)
        .thenApply(number -> {
          if (number != who.caller().project()) {
            who.checkOperations(Access.ADMIN);
          }
          return new Identity(new Caller(number, who.caller().principal()), who.permissions());
        });
  }

  /** Of somebody who may do nothing: each request is answered with the reason. */
  private record Refused(Failure reason) implements Session {
    @Override
    public Caller caller() {
      return Caller.ANONYMOUS;
    }

    @Override
    public void submit(
        Message request, @Nullable String name, long deadlineNs, ReplyHandler handler) {
      submit(request, name, deadlineNs, null, handler);
    }

    @Override
    public void submit(
        Message request,
        @Nullable String name,
        long deadlineNs,
        @Nullable Trace trace,
        ReplyHandler handler) {
      handler.failure(reason);
    }

    @Override
    public WatchStream watch(Message request, @Nullable String after) {
      throw reason;
    }
  }
}
