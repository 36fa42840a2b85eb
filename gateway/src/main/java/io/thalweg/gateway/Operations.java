package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.contract.Access;
import io.thalweg.log.LogException;
import io.thalweg.log.backup.BackupException;
import io.thalweg.runtime.Failure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How requests of operators are answered, all of them below {@code /v1/operations}: where
 * credentials are needed to those who may, else only to this machine, unless {@link
 * GatewayOptions#remoteOperations}; and on threads that may wait.
 */
final class Operations {
  private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

  private final Draining draining;
  private final boolean remote;
  private final Sessions sessions;

  Operations(Draining draining, Sessions sessions, GatewayOptions options) {
    this.sessions = sessions;
    this.draining = draining;
    this.remote = options.remoteOperations();
  }

  /** Does the work on a thread that may wait, and answers with what it gives or throws. */
  HttpResponse answer(ServiceRequestContext ctx, Callable<HttpResponse> work) {
    Failure refusal = refusal(ctx);
    if (refusal != null) {
      return ErrorResponses.of(refusal);
    }
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    ctx.blockingTaskExecutor().execute(() -> answer.complete(worked(work)));
    return HttpResponse.of(answer);
  }

  /** An answer that is right now and not later. */
  static HttpResponse json(byte[] body) {
    return HttpResponse.of(
        ErrorResponses.headers(HttpStatus.OK)
            .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
            .build(),
        HttpData.wrap(body));
  }

  private @Nullable Failure refusal(ServiceRequestContext ctx) {
    if (!sessions.required() && !remote && !isLocal(ctx.remoteAddress())) {
      return Failure.of(
          Code.PERMISSION_DENIED, "operations are answered to this machine only; run it there");
    }
    try {
      draining.check();
      sessions.checkOperations(
          Visitors.of(ctx),
          Access.ADMIN,
          ctx.method() + " " + ctx.path(),
          ctx.method() == HttpMethod.GET);
      return null;
    } catch (Failure e) {
      return e;
    }
  }

  private static boolean isLocal(@Nullable InetSocketAddress peer) {
    return peer != null && peer.getAddress().isLoopbackAddress();
  }

  private static HttpResponse worked(Callable<HttpResponse> work) {
    try {
      return work.call();
    } catch (Failure e) {
      return ErrorResponses.of(e);
    } catch (BackupException e) {
      return ErrorResponses.of(
          Failure.of(Code.FAILED_PRECONDITION, String.valueOf(e.getMessage())));
    } catch (LogException | IOException e) {
      return ErrorResponses.of(
          Failure.retryable(
              Code.UNAVAILABLE, String.valueOf(e.getMessage()), TimeUnit.SECONDS.toMillis(1)));
    } catch (Exception e) {
      LOG.error("a request of an operator failed", e);
      return ErrorResponses.of(Failure.of(Code.INTERNAL, "internal error"));
    }
  }
}
