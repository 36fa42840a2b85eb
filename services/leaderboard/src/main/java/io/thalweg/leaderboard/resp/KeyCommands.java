package io.thalweg.leaderboard.resp;

import com.google.protobuf.Int64Value;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.GetBoardRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Commands that ask for a board as a whole. One without members counts as not there. */
final class KeyCommands {
  private static final int MAX_KEYS = 1000;

  private static final Encoder COUNT =
      new Encoder() {
        @Override
        public void reply(ReplyWriter out, Message message) {
          out.integer(((Board) message).getMemberCount());
        }

        @Override
        public void failure(ReplyWriter out, Failure failure) {
          if (failure.code() == Code.NOT_FOUND) {
            out.integer(0);
          } else {
            out.error(Errors.of(failure));
          }
        }
      };
  private static final Encoder TYPE =
      new Encoder() {
        @Override
        public void reply(ReplyWriter out, Message message) {
          out.simple(((Board) message).getMemberCount() > 0 ? "zset" : "none");
        }

        @Override
        public void failure(ReplyWriter out, Failure failure) {
          if (failure.code() == Code.NOT_FOUND) {
            out.simple("none");
          } else {
            out.error(Errors.of(failure));
          }
        }
      };
  private static final Encoder SUM =
      (out, message) -> out.integer(((Int64Value) message).getValue());

  private KeyCommands() {}

  static void zcard(RespConnection connection, Arguments a) {
    connection.submit(board(a, 1), COUNT);
  }

  static void type(RespConnection connection, Arguments a) {
    connection.submit(board(a, 1), TYPE);
  }

  static void exists(RespConnection connection, Arguments a) {
    sum(connection, a, false);
  }

  /** Each key by itself: not all at once, if there are several. */
  static void del(RespConnection connection, Arguments a) {
    sum(connection, a, true);
  }

  private static Message board(Arguments a, int i) {
    return GetBoardRequest.newBuilder().setBoard(a.key(i)).build();
  }

  private static void sum(RespConnection connection, Arguments a, boolean delete) {
    int keys = a.count() - 1;
    if (keys > MAX_KEYS) {
      throw new BadCommand("ERR a command takes at most " + MAX_KEYS + " keys; got " + keys);
    }
    Message[] requests = new Message[keys];
    for (int i = 0; i < keys; i++) {
      requests[i] =
          delete ? DeleteBoardRequest.newBuilder().setBoard(a.key(i + 1)).build() : board(a, i + 1);
    }
    Sum sum = new Sum(connection.append(SUM, keys), keys);
    for (Message request : requests) {
      connection.session().submit(request, null, connection.deadlineNs(), sum);
    }
  }

  /** Counts the boards that had members, and answers when all have been heard of. */
  private static final class Sum implements ReplyHandler {
    private final Pending pending;
    private final AtomicInteger left;
    private final AtomicLong found = new AtomicLong();
    private volatile @org.jspecify.annotations.Nullable Failure problem;

    Sum(Pending pending, int of) {
      this.pending = pending;
      this.left = new AtomicInteger(of);
    }

    @Override
    public void reply(Message message, Position position) {
      int members =
          message instanceof DeleteBoardResponse deleted
              ? deleted.getMemberCount()
              : ((Board) message).getMemberCount();
      found.addAndGet(members > 0 ? 1 : 0);
      heard();
    }

    @Override
    public void failure(Failure failure) {
      if (failure.code() != Code.NOT_FOUND) {
        problem = failure;
      }
      heard();
    }

    private void heard() {
      if (left.decrementAndGet() > 0) {
        return;
      }
      Failure failure = problem;
      if (failure == null) {
        pending.complete(Int64Value.of(found.get()));
      } else {
        pending.failure(failure);
      }
    }
  }
}
