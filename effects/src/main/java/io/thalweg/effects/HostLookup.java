package io.thalweg.effects;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Finds the addresses of hosts. A look-up by the operating system cannot be ended early and holds a
 * thread for as long, so look-ups have a few threads of their own; one that nobody waits for any
 * more and that has not begun is dropped.
 */
final class HostLookup implements AutoCloseable {
  /** More addresses of a name are not tried. */
  static final int MAX_ADDRESSES = 4;

  private static final int THREADS = 16;
  private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(.*\\.)?([0-9]+|0x[0-9a-f]*)");

  /** Asks for the addresses of a name; it may take long. */
  interface Names {
    InetAddress[] resolve(String name) throws UnknownHostException;
  }

  private final Names names;
  private final ThreadPoolExecutor threads;

  HostLookup(Names names, int maxWaiting) {
    this.names = names;
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(maxWaiting),
            Thread.ofPlatform().daemon().name("effects-lookup-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * The address that a host spells out; empty if the host is a name. IPv4 addresses are read as
   * {@code inet_aton} does: one to four numbers, decimal, octal or hexadecimal. As in the URL
   * standard, a host whose last part is a number is an address and never a name.
   *
   * @throws IllegalArgumentException if it looks like an address and is none, or has a zone
   */
  static Optional<InetAddress> literal(String host) {
    if (host.indexOf(':') >= 0) {
      if (host.indexOf('%') >= 0) {
        throw new IllegalArgumentException("an address with a zone is not of the public Internet");
      }
      return Optional.of(Inet6Address.ofLiteral(host));
    }
    return ENDS_IN_NUMBER.matcher(host).matches()
        ? Optional.of(Inet4Address.ofPosixLiteral(host))
        : Optional.empty();
  }

  /**
   * The first addresses of a name, at least one.
   *
   * @throws UnknownHostException if there are none
   * @throws TimeoutException if they are not known in time
   * @throws java.util.concurrent.RejectedExecutionException if closed
   */
  List<InetAddress> resolve(String name, long timeoutNs)
      throws UnknownHostException, TimeoutException, InterruptedException {
    FutureTask<InetAddress[]> task = new FutureTask<>(() -> names.resolve(name));
    threads.execute(task);
    try {
      InetAddress[] found = task.get(timeoutNs, TimeUnit.NANOSECONDS);
      if (found.length == 0) {
        throw new UnknownHostException(name);
      }
      return List.of(found).subList(0, Math.min(found.length, MAX_ADDRESSES));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException unknown) {
        throw unknown;
      }
      throw new IllegalStateException("looking up " + name + " failed", e.getCause());
    } finally {
      if (!task.isDone()) {
        task.cancel(false);
        threads.remove(task);
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
