package io.thalweg.testkit;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.EffectResult;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.ScanContext;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import io.thalweg.testkit.pager.CountPagesRequest;
import io.thalweg.testkit.pager.PageEnded;
import io.thalweg.testkit.pager.PageRequest;
import io.thalweg.testkit.pager.Paged;
import io.thalweg.testkit.pager.PagerProto;
import io.thalweg.testkit.pager.Pages;
import io.thalweg.testkit.pager.Paging;
import java.util.Iterator;
import java.util.List;

/** Calls to the world outside, and what became of them. */
final class PagerService {
  static final ServiceType TYPE =
      ServiceType.of(PagerProto.getDescriptor().findServiceByName("Pager"), PagerService::new);

  private final Table<String, Pages> persons;

  PagerService(Definition d) {
    persons =
        d.table(
            1,
            "persons",
            KeyCodecs.string(),
            ValueCodecs.of(Pages::toByteArray, PagerService::parse));
    d.command(PageRequest.class, Pages.class, this::page);
    d.scan(CountPagesRequest.class, Pages.class, this::count, (q, parts) -> add(parts));
    d.effectResult("paged", Paging.class, this::ended);
    d.event(
        Paged.class,
        (event, context) ->
            persons.put(
                event.getPerson(),
                of(event.getPerson()).toBuilder()
                    .setAsked(of(event.getPerson()).getAsked() + event.getTimes())
                    .build()));
    d.event(
        PageEnded.class,
        (event, context) -> {
          Pages pages = of(event.getPerson());
          persons.put(
              event.getPerson(),
              event.getTaken()
                  ? pages.toBuilder().setTaken(pages.getTaken() + 1).build()
                  : pages.toBuilder().setGivenUp(pages.getGivenUp() + 1).build());
        });
  }

  private Pages page(PageRequest request, CommandContext context) {
    for (int i = 0; i < request.getTimes(); i++) {
      context.effect(
          "paged",
          new HttpEffect(
              HttpEffect.Method.POST,
              "https://pager.example/" + request.getPerson(),
              List.of(),
              ByteString.copyFromUtf8("please call back"),
              request.getTimeoutMs()),
          Paging.newBuilder().setPerson(request.getPerson()).setNumber(i).build());
    }
    context.emit(
        Paged.newBuilder().setPerson(request.getPerson()).setTimes(request.getTimes()).build());
    return of(request.getPerson());
  }

  private void ended(EffectResult result, Paging paging, CommandContext context) {
    context.emit(
        PageEnded.newBuilder().setPerson(paging.getPerson()).setTaken(result.succeeded()).build());
    if (context.random().nextInt(8) == 0) {
      throw new IllegalStateException("a handler that is broken at times");
    }
  }

  private Pages count(CountPagesRequest request, ScanContext context) {
    Pages.Builder sums = Pages.newBuilder();
    for (Iterator<Table.Row<String, Pages>> rows = context.scanAll(persons); rows.hasNext(); ) {
      add(sums, rows.next().value());
    }
    return sums.build();
  }

  private static Pages add(List<Pages> parts) {
    Pages.Builder sums = Pages.newBuilder();
    parts.forEach(part -> add(sums, part));
    return sums.build();
  }

  private static void add(Pages.Builder sums, Pages pages) {
    sums.setAsked(sums.getAsked() + pages.getAsked())
        .setTaken(sums.getTaken() + pages.getTaken())
        .setGivenUp(sums.getGivenUp() + pages.getGivenUp());
  }

  private Pages of(String person) {
    Pages pages = persons.get(person);
    return pages == null ? Pages.getDefaultInstance() : pages;
  }

  private static Pages parse(byte[] bytes) {
    try {
      return Pages.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every call that was asked for has a result, and the service has heard it once. */
  static final class EveryPageIsHeardOfOnce implements Invariant {
    @Override
    public void quiet(QuietNode node) {
      Pages sums = node.call(CountPagesRequest.getDefaultInstance(), Pages.class);
      if (sums.getAsked() != sums.getTaken() + sums.getGivenUp()) {
        throw new AssertionError("not as many results as calls that were asked for: " + sums);
      }
    }
  }

  /** Runs in which a few persons are paged. */
  static Simulation simulation() {
    return Simulation.of(TYPE)
        .ask(
            4,
            random ->
                PageRequest.newBuilder()
                    .setPerson("p" + random.nextInt(8))
                    .setTimes(1 + random.nextInt(3))
                    .setTimeoutMs(10 + random.nextInt(random.nextBoolean() ? 100 : 9_000))
                    .build())
        .ask(random -> CountPagesRequest.getDefaultInstance())
        .invariant(EveryPageIsHeardOfOnce::new);
  }
}
