package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.runtime.test.DrawRequest;
import io.thalweg.runtime.test.FillRequest;
import io.thalweg.runtime.test.Well;
import io.thalweg.runtime.test.WellChanged;
import io.thalweg.runtime.test.WellsProto;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are set aside until there is news for them. */
class WaitingTest {
  private static final long LONG_MS = TimeUnit.MINUTES.toMillis(10);

  @TempDir Path data;

  private static final ServiceType TYPE =
      ServiceType.of(WellsProto.getDescriptor().findServiceByName("Wells"), WaitingTest::define);

  private static void define(Definition d) {
    Table<String, Long> wells = d.table(1, "wells", KeyCodecs.string(), ValueCodecs.int64());
    d.event(WellChanged.class, (event, context) -> wells.put(event.getWell(), event.getBuckets()));
    d.command(
        FillRequest.class,
        Well.class,
        (request, context) -> {
          long after = held(wells, request.getWell()) + request.getBuckets();
          context.emit(changed(request.getWell(), after));
          context.wake(request.getWell(), (int) request.getBuckets());
          return Well.newBuilder().setBuckets(after).build();
        });
    d.command(
        DrawRequest.class,
        Well.class,
        (request, context) -> {
          long held = held(wells, request.getWell());
          if (held > 0) {
            context.emit(changed(request.getWell(), held - 1));
            return Well.newBuilder().setBuckets(held - 1).setDrawn(true).build();
          }
          long untilUs = context.askedUs() + 1_000 * request.getWaitMs();
          if (context.logTimeUs() < untilUs) {
            // What is emitted before is undone.
            context.emit(changed(request.getWell(), 99));
            throw context.setAside(request.getWell(), untilUs);
          }
          return Well.getDefaultInstance();
        });
  }

  private static long held(Table<String, Long> wells, String well) {
    Long held = wells.get(well);
    return held == null ? 0 : held;
  }

  private static WellChanged changed(String well, long buckets) {
    return WellChanged.newBuilder().setWell(well).setBuckets(buckets).build();
  }

  private static CompletableFuture<Well> draw(Node node, String well, long waitMs) {
    return node.submit(
        DrawRequest.newBuilder().setWell(well).setWaitMs(waitMs).build(), Well.class);
  }

  private static void fill(Node node, String well, int buckets) {
    node.call(FillRequest.newBuilder().setWell(well).setBuckets(buckets).build(), Well.class);
  }

  private static double waiting(Node node) {
    return Bank.metric(node, "thalweg.waiting");
  }

  private Node open() {
    return Thalweg.at(data).service(TYPE).options(NodeOptions.defaults().withPartitions(1)).open();
  }

  @Test
  void whoWaitedLongestIsWokenFirstAndNothingOfTheWaitingIsKept() throws Exception {
    try (Node node = open()) {
      List<CompletableFuture<Well>> draws = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        draws.add(draw(node, "a", LONG_MS));
      }
      CompletableFuture<Well> other = draw(node, "b", LONG_MS);
      Bank.await("all wait", () -> waiting(node) == 6);
      fill(node, "a", 3);
      for (int i = 0; i < 3; i++) {
        Well well = draws.get(i).get(60, TimeUnit.SECONDS);
        assertThat(well.getDrawn()).isTrue();
        assertThat(well.getBuckets()).isEqualTo(2 - i);
      }
      Bank.await("the rest waits", () -> waiting(node) == 3);
      assertThat(draws.get(3)).isNotDone();
      assertThat(other).isNotDone();
    }
  }

  @Test
  void whoseTimeIsOverIsAnsweredWithoutNews() throws Exception {
    try (Node node = open()) {
      assertThat(draw(node, "a", 30).get(60, TimeUnit.SECONDS).getDrawn()).isFalse();
      assertThat(waiting(node)).isZero();
    }
  }

  @Test
  void oneThatNobodyWaitsForAnyMorePassesTheNewsOn() throws Exception {
    try (Node node = open()) {
      long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
      CompletableFuture<Well> late =
          node.submit(
              new Request(
                  DrawRequest.newBuilder().setWell("a").setWaitMs(LONG_MS).build(),
                  Caller.ANONYMOUS,
                  null,
                  deadlineNs),
              Well.class);
      CompletableFuture<Well> patient = draw(node, "a", LONG_MS);
      assertThatThrownBy(() -> late.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .satisfies(e -> assertThat(cause(e).code()).isEqualTo(Code.DEADLINE_EXCEEDED));
      fill(node, "a", 1);
      assertThat(patient.get(60, TimeUnit.SECONDS).getDrawn()).isTrue();
    }
  }

  @Test
  void whenTheNodeClosesThoseWhoWaitAreToldToTryAgain() {
    CompletableFuture<Well> draw;
    try (Node node = open()) {
      draw = draw(node, "a", LONG_MS);
      Bank.await("it waits", () -> waiting(node) == 1);
    }
    assertThatThrownBy(() -> draw.get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .satisfies(e -> {
          assertThat(cause(e).code()).isEqualTo(Code.UNAVAILABLE);
          assertThat(cause(e).isRetryable()).isTrue();
        });
  }

  @Test
  void moreThanMayWaitAreRefused() {
    try (Node node = open()) {
      List<CompletableFuture<Well>> asked = new ArrayList<>();
      while (waiting(node) < WaitingRoom.MAX_WAITING) {
        // A slow machine's queue refuses some of them; as many more are asked.
        int missing = WaitingRoom.MAX_WAITING - (int) waiting(node);
        for (int i = 0; i < Math.min(missing, 1_000); i++) {
          asked.add(draw(node, "a", LONG_MS));
        }
        Bank.await(
            "each waits or is refused",
            () ->
                waiting(node) + asked.stream().filter(CompletableFuture::isDone).count()
                    == asked.size());
      }
      CompletableFuture<Well> oneMore = draw(node, "a", LONG_MS);
      assertThatThrownBy(() -> oneMore.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .satisfies(e -> assertThat(cause(e).code()).isEqualTo(Code.RESOURCE_EXHAUSTED));
      assertThat(Bank.metric(node, "thalweg.waiting.full")).isEqualTo(1);
    }
  }

  private static Failure cause(Throwable thrown) {
    return (Failure) Objects.requireNonNull(thrown.getCause());
  }
}
