package io.thalweg.runtime;

import io.thalweg.host.Host;
import org.jctools.queues.MpscUnboundedArrayQueue;

/**
 * The one thread of a node that hands replies to their handlers, so that a slow handler delays
 * neither the log nor a partition.
 *
 * <p>A partition is in the queue at most once, so the queue is as bounded as the partitions are.
 */
final class ReplyThread implements AutoCloseable {
  private final MpscUnboundedArrayQueue<Partition> signalled = new MpscUnboundedArrayQueue<>(64);
  private final Host host;
  private final NoticeBoard notices;
  private final Thread thread;
  private volatile boolean waiting;
  private volatile boolean closed;

  ReplyThread(Host host, NoticeBoard notices) {
    this.host = host;
    this.notices = notices;
    thread = host.thread("thalweg-replies", this::run);
  }

  /** What leaves with replies and is for watchers. */
  NoticeBoard notices() {
    return notices;
  }

  void start() {
    host.start(thread);
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** A partition may have something to release. Any thread. */
  void signal(Partition partition) {
    if (partition.markSignalled()) {
      signalled.offer(partition);
      if (waiting) {
        host.unpark(thread);
      }
    }
  }

  private void run() {
    while (true) {
      Partition partition = signalled.poll();
      if (partition != null) {
        partition.releaseDurable();
      } else if (closed) {
        return;
      } else {
        waiting = true;
        if (signalled.isEmpty() && !closed) {
          host.park(this);
        }
        waiting = false;
      }
    }
  }

  /** Releases what is left and ends. */
  @Override
  public void close() {
    closed = true;
    host.unpark(thread);
    host.join(thread);
  }
}
