package io.thalweg.examples.poll;

import com.google.rpc.Code;
import io.thalweg.examples.poll.v1.*;
import io.thalweg.runtime.*;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import org.jspecify.annotations.Nullable;

/** Polls: one vote a voter, which may be changed until the poll closes. */
public final class Polls {
  public static final ServiceType TYPE =
      ServiceType.of(PollProto.getDescriptor().findServiceByName("Polls"), Polls::new);

  private final Table<String, Poll> polls;
  private final Table<Pair<String, String>, String> votes;

  Polls(Definition d) {
    polls =
        d.table(
            1, "polls", KeyCodecs.string(), MessageRows.codec((byte) 1, Poll.getDefaultInstance()));
    var pollAndVoter = KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string());
    votes = d.table(2, "votes", pollAndVoter, ValueCodecs.string());
    d.command(CreatePollRequest.class, Poll.class, this::create);
    d.command(CastVoteRequest.class, Poll.class, this::vote);
    d.command(ClosePollRequest.class, Poll.class, this::close);
    d.query(GetResultsRequest.class, Poll.class, (request, context) -> find(request.getPoll()));
    d.watch(WatchPollRequest.class, PollEvent.class, Polls::watched);
    d.event(
        PollCreated.class, (event, at) -> polls.put(event.getPoll().getPoll(), event.getPoll()));
    d.event(VoteCast.class, this::counted);
    d.event(
        PollClosed.class,
        (event, at) ->
            polls.put(event.getPoll(), find(event.getPoll()).toBuilder().setClosed(true).build()));
  }

  private Poll create(CreatePollRequest request, CommandContext context) {
    if (polls.contains(request.getPoll())) {
      throw Failure.of(Code.ALREADY_EXISTS, "there is a poll " + Failure.quote(request.getPoll()));
    }
    if (request.getOptionsList().stream().map(Option::getName).distinct().count()
        < request.getOptionsCount()) {
      throw Failure.invalid("options", "must have different names");
    }
    long closeTimeMs = context.logTimeUs() / 1_000 + request.getOpenForMs();
    Poll.Builder poll = Poll.newBuilder().setPoll(request.getPoll()).setCloseTimeMs(closeTimeMs);
    context.emit(
        PollCreated.newBuilder().setPoll(poll.addAllOptions(request.getOptionsList())).build());
    context.schedule(
        "close/" + request.getPoll(),
        closeTimeMs * 1_000,
        ClosePollRequest.newBuilder().setPoll(request.getPoll()).build());
    return find(request.getPoll());
  }

  private Poll vote(CastVoteRequest request, CommandContext context) {
    Poll poll = find(request.getPoll());
    if (poll.getClosed() || context.logTimeUs() >= poll.getCloseTimeMs() * 1_000) {
      throw Failure.of(
          Code.FAILED_PRECONDITION, "poll " + Failure.quote(poll.getPoll()) + " is closed");
    }
    if (poll.getOptionsList().stream().noneMatch(o -> o.getName().equals(request.getOption()))) {
      throw Failure.invalid(
          "option", "must be one of the poll's, got " + Failure.quote(request.getOption()));
    }
    context.emit(
        VoteCast.newBuilder()
            .setPoll(poll.getPoll())
            .setVoter(request.getVoter())
            .setOption(request.getOption())
            .build());
    return find(request.getPoll());
  }

  private Poll close(ClosePollRequest request, CommandContext context) {
    context.emit(PollClosed.newBuilder().setPoll(request.getPoll()).build());
    return find(request.getPoll());
  }

  private void counted(VoteCast event, EventContext at) {
    var key = new Pair<>(event.getPoll(), event.getVoter());
    String before = votes.get(key);
    Poll.Builder poll = find(event.getPoll()).toBuilder();
    for (Option.Builder option : poll.getOptionsBuilderList()) {
      int more = option.getName().equals(event.getOption()) ? 1 : 0;
      int fewer = option.getName().equals(before) ? 1 : 0;
      option.setVotes(option.getVotes() + more - fewer);
    }
    votes.replace(key, before, event.getOption());
    polls.put(event.getPoll(), poll.build());
  }

  private Poll find(String name) {
    Poll poll = polls.get(name);
    if (poll == null) {
      throw Failure.notFound("poll", name);
    }
    return poll;
  }

  /** A slot holds many polls: what is of another one is not for this watcher. */
  private static @Nullable PollEvent watched(WatchPollRequest request, WatchedEvent watched) {
    PollEvent.Builder to = PollEvent.newBuilder();
    String poll =
        switch (watched.event()) {
          case PollCreated created -> to.setCreated(created).getCreated().getPoll().getPoll();
          case VoteCast vote -> to.setVote(vote).getVote().getPoll();
          case PollClosed closed -> to.setClosed(closed).getClosed().getPoll();
          default -> "";
        };
    return poll.equals(request.getPoll()) ? to.build() : null;
  }
}
