package io.thalweg.leaderboard.resp;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.BatchGetEntriesRequest;
import io.thalweg.leaderboard.v1.BatchGetEntriesResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetPlaceRequest;
import io.thalweg.leaderboard.v1.Place;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Commands that ask for single members. */
final class PlaceCommands {
  private static final Encoder SCORE =
      (out, message) -> {
        Place place = (Place) message;
        if (place.getFound()) {
          out.score(place.getScore());
        } else {
          out.nothing();
        }
      };
  private static final Encoder RANK =
      (out, message) -> {
        Place place = (Place) message;
        if (place.getFound()) {
          out.integer(place.getPosition());
        } else {
          out.nothing();
        }
      };
  private static final Encoder RANK_AND_SCORE =
      (out, message) -> {
        Place place = (Place) message;
        if (place.getFound()) {
          out.array(2);
          out.integer(place.getPosition());
          out.score(place.getScore());
        } else {
          out.noArray();
        }
      };

  private PlaceCommands() {}

  static void zscore(RespConnection connection, Arguments a) {
    connection.submit(place(a, false), SCORE);
  }

  static void zrank(RespConnection connection, Arguments a) {
    rank(connection, a, false);
  }

  static void zrevrank(RespConnection connection, Arguments a) {
    rank(connection, a, true);
  }

  private static void rank(RespConnection connection, Arguments a, boolean reverse) {
    if (a.count() > 4) {
      throw CommandTable.arity(reverse ? "zrevrank" : "zrank");
    }
    if (a.count() == 4 && !a.is(3, "WITHSCORE")) {
      throw BadCommand.syntax();
    }
    connection.submit(place(a, reverse), a.count() == 4 ? RANK_AND_SCORE : RANK);
  }

  private static Message place(Arguments a, boolean reverse) {
    return GetPlaceRequest.newBuilder()
        .setBoard(a.key(1))
        .setMember(a.text(2))
        .setReverse(reverse)
        .build();
  }

  /** ZMSCORE key member [member ...]. */
  static void zmscore(RespConnection connection, Arguments a) {
    BatchGetEntriesRequest.Builder request = BatchGetEntriesRequest.newBuilder().setBoard(a.key(1));
    for (int i = 2; i < a.count(); i++) {
      request.addMembers(a.text(i));
    }
    connection.submit(request.build(), new Scores(new ArrayList<>(request.getMembersList())));
  }

  /** The scores of members in the order in which they were asked for. */
  private record Scores(List<String> members) implements Encoder {
    @Override
    public void reply(ReplyWriter out, Message message) {
      Map<String, Double> found = new HashMap<>();
      for (Entry entry : ((BatchGetEntriesResponse) message).getEntriesList()) {
        found.put(entry.getMember(), entry.getScore());
      }
      write(out, found);
    }

    @Override
    public void failure(ReplyWriter out, Failure failure) {
      if (failure.code() == Code.NOT_FOUND) {
        write(out, Map.of());
      } else {
        out.error(Errors.of(failure));
      }
    }

    private void write(ReplyWriter out, Map<String, Double> found) {
      out.array(members.size());
      for (String member : members) {
        Double score = found.get(member);
        if (score == null) {
          out.nothing();
        } else {
          out.score(score);
        }
      }
    }
  }
}
