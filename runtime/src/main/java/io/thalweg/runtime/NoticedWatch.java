package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A watch that is also given notices, each with the position that the watch has then. What the log
 * has goes first. At most {@value #MAX_WAITING} notices wait for the watcher; the oldest are left
 * out then.
 */
final class NoticedWatch implements WatchStream {
  static final int MAX_WAITING = 256;

  private final WatchStream log;
  private final NoticeBoard board;
  private final NoticeBoard.Place place;
  private final Message reply;
  private final Host host;
  private final Waiters waiters;

  // Guarded by this, which nobody holds while telling.
  private final ArrayDeque<Message> notices = new ArrayDeque<>(0);
  private boolean news = true;
  private boolean closed;
  private @Nullable Runnable listener;

  private NoticedWatch(
      WatchStream log, NoticeBoard board, NoticeBoard.Place place, Message reply, Host host) {
    this.log = log;
    this.board = board;
    this.place = place;
    this.reply = reply;
    this.host = host;
    waiters = new Waiters(host);
  }

  /** The watch with notices, if the service tells those to whom asks like that. */
  static WatchStream of(
      WatchStream log, NoticeBoard board, ServiceModel.Method method, Request request, Host host) {
    if (!method.service().isNoticed(request.message())) {
      return log;
    }
    NoticeBoard.Place place =
        new NoticeBoard.Place(
            request.message().getDescriptorForType().getFullName(),
            request.caller().project(),
            method.keyOf(request.message()));
    NoticedWatch watch = new NoticedWatch(log, board, place, method.type().reply(), host);
    board.enter(place, watch);
    log.onNews(watch::wake);
    return watch;
  }

  /** Reads what another node has written. */
  Message parse(ByteString item) {
    return ForwardedCalls.parse(reply, item);
  }

  /** There is a notice. */
  void notice(Message item) {
    boolean full;
    synchronized (this) {
      if (closed) {
        return;
      }
      full = notices.size() == MAX_WAITING;
      if (full) {
        notices.remove();
      }
      notices.add(item);
    }
    if (full) {
      board.untaken();
    }
    wake();
  }

  private void wake() {
    Runnable heard;
    synchronized (this) {
      news = true;
      heard = listener;
    }
    waiters.wake();
    if (heard != null) {
      heard.run();
    }
  }

  private synchronized boolean hasNews() {
    return news || closed;
  }

  @Override
  public void onNews(Runnable heard) {
    boolean now;
    synchronized (this) {
      listener = heard;
      now = news || closed;
    }
    if (now) {
      heard.run();
    }
  }

  @Override
  public Position position() {
    return log.position();
  }

  @Override
  public @Nullable Item next(Duration timeout) throws InterruptedException {
    long deadlineNs = host.nanoTime() + timeout.toNanos();
    while (true) {
      synchronized (this) {
        news = false;
      }
      Item item = log.next(Duration.ZERO);
      if (item == null) {
        item = nextNotice();
      }
      if (item != null) {
        synchronized (this) {
          // There may be another one behind it.
          news = true;
        }
        return item;
      }
      long leftNs = deadlineNs - host.nanoTime();
      if (isClosed() || !waiters.awaitInterruptibly(this::hasNews, Math.max(0, leftNs))) {
        return null;
      }
    }
  }

  private @Nullable Item nextNotice() {
    Message notice;
    synchronized (this) {
      notice = notices.poll();
    }
    return notice == null ? null : new Item(log.position(), notice);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    board.leave(place, this);
    synchronized (this) {
      closed = true;
      notices.clear();
    }
    log.close();
    wake();
  }
}
