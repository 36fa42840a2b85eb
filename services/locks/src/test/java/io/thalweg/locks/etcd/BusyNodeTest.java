package io.thalweg.locks.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.edge.Bounds;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.locks.v1.keyspaces.KeyspaceHistory;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A watch that begins while the node has too much to do begins a little later. */
class BusyNodeTest {
  private static final long REVISION = 7;
  private static final ByteString KEY = ByteString.copyFromUtf8("k");

  private static KeyWatch watch(Scripted node) throws InterruptedException {
    return new KeyWatch(new EtcdSession(node, node), KEY, ByteString.EMPTY, 0, false);
  }

  @Test
  void aMomentsRefusalIsWaitedOut() throws Exception {
    Scripted node = new Scripted(60_000, 3, Code.RESOURCE_EXHAUSTED);
    try (KeyWatch watch = watch(node)) {
      assertThat(watch.revision()).isEqualTo(REVISION);
    }
    assertThat(node.asked).isEqualTo(4);
    assertThat(node.closed).isTrue();
  }

  @Test
  void oneThatLastsLongerThanARequestMayEndsIt() {
    Scripted node = new Scripted(30, Integer.MAX_VALUE, Code.RESOURCE_EXHAUSTED);
    assertThatThrownBy(() -> watch(node)).isInstanceOf(Failure.class).hasMessage("scripted");
    assertThat(node.asked).isGreaterThan(1);
    assertThat(node.closed).isTrue();
  }

  @Test
  void anyOtherRefusalEndsItAtOnce() {
    Scripted node = new Scripted(60_000, Integer.MAX_VALUE, Code.PERMISSION_DENIED);
    assertThatThrownBy(() -> watch(node)).isInstanceOf(Failure.class).hasMessage("scripted");
    assertThat(node.asked).isEqualTo(1);
    assertThat(node.closed).isTrue();
  }

  /** Refuses so many requests, and answers those after them. */
  private static final class Scripted implements Edge, Session, WatchStream {
    private final long requestTimeoutMs;
    private final int refusals;
    private final Code code;
    private int asked;
    private boolean closed;

    Scripted(long requestTimeoutMs, int refusals, Code code) {
      this.requestTimeoutMs = requestTimeoutMs;
      this.refusals = refusals;
      this.code = code;
    }

    @Override
    public void submit(
        Message request, @Nullable String name, long deadlineNs, ReplyHandler handler) {
      if (asked++ < refusals) {
        handler.failure(Failure.retryable(code, "scripted", 1));
      } else {
        handler.reply(
            KeyspaceHistory.newBuilder().setRevision(REVISION).build(), new Position(0, 0, 1));
      }
    }

    @Override
    public WatchStream watch(Message request, @Nullable String after) {
      return this;
    }

    @Override
    public Caller caller() {
      return Caller.ANONYMOUS;
    }

    @Override
    public Session anonymous() {
      return this;
    }

    @Override
    public Session authenticate(Credentials credentials) {
      return this;
    }

    @Override
    public CompletableFuture<Session> authenticateAsync(Credentials credentials) {
      return CompletableFuture.completedFuture(this);
    }

    @Override
    public MeterRegistry meters() {
      return new SimpleMeterRegistry();
    }

    @Override
    public Bounds bounds() {
      return new Bounds(1 << 20, 60_000, requestTimeoutMs);
    }

    @Override
    public boolean draining() {
      return false;
    }

    @Override
    public Position position() {
      return new Position(0, 0, 0);
    }

    @Override
    public @Nullable Item next(Duration timeout) {
      return null;
    }

    @Override
    public void onNews(Runnable listener) {
      // There is none.
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
