package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.gateway.centrifuge.HistoryRequest;
import io.thalweg.gateway.centrifuge.HistoryResult;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The past of a channel, read from the log: publications from a position on (or from the beginning
 * of what the log holds), at most as many as asked for and as a page of the options has. Offset and
 * epoch say where the log is now.
 */
final class CentrifugeHistory {
  private static final Duration STEP = Duration.ofMillis(100);

  private final CentrifugeConnection connection;
  private final CentrifugeMethods.Watched watched;
  private final Message message;
  private final HistoryRequest request;

  /**
   * @param message the watch's request, without a position
   */
  CentrifugeHistory(
      CentrifugeConnection connection,
      CentrifugeMethods.Watched watched,
      Message message,
      HistoryRequest request) {
    this.connection = connection;
    this.watched = watched;
    this.message = message;
    this.request = request;
  }

  /**
   * Reads it; waits for the disk.
   *
   * @throws Failure OUT_OF_RANGE if the position is not of this history
   */
  HistoryResult read() throws InterruptedException {
    Position end;
    try (Watchers.Watcher place = connection.service().watchers().enter();
        WatchStream now = connection.visitor().watch(message, null)) {
      end = now.position();
      HistoryResult.Builder result =
          HistoryResult.newBuilder()
              .setEpoch(CentrifugeChannel.epoch(end))
              .setOffset(end.offset() + 1);
      if (request.getLimit() != 0 && !place.ended()) {
        read(end, result);
      }
      return result.build();
    }
  }

  private void read(Position end, HistoryResult.Builder result) throws InterruptedException {
    WatchOptions options = connection.service().watching();
    int limit =
        request.getLimit() < 0
            ? options.pageItems()
            : Math.min(request.getLimit(), options.pageItems());
    long giveUpNs =
        System.nanoTime()
            + TimeUnit.MILLISECONDS.toNanos(connection.service().options().requestTimeoutMs());
    int bytes = 0;
    try (WatchStream stream = connection.visitor().watch(message, after())) {
      while (result.getPublicationsCount() < limit
          && bytes < options.pageBytes()
          && stream.position().offset() < end.offset()) {
        WatchStream.Item item = stream.next(STEP);
        if (item != null && item.position().offset() <= end.offset()) {
          var pub = CentrifugeChannel.publication(connection, watched.method(), item);
          bytes += pub.getSerializedSize();
          result.addPublications(pub);
        }
        if (System.nanoTime() - giveUpNs > 0) {
          throw Failure.of(Code.DEADLINE_EXCEEDED, "the history was not read in time");
        }
      }
    }
  }

  private @Nullable String after() {
    if (!request.hasSince()) {
      return "0";
    }
    String position =
        CentrifugeChannel.position(request.getSince().getEpoch(), request.getSince().getOffset());
    if (position == null) {
      throw Failure.of(Code.OUT_OF_RANGE, "resync: the epoch is not one of this log");
    }
    return position;
  }
}
