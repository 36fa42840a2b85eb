package io.thalweg.effects;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.EffectPerformer;
import io.thalweg.runtime.EffectUrl;
import java.net.InetAddress;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.core5.io.CloseMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes HTTP calls: to addresses that may be called only, signed, within bounds of number, size and
 * time. Each call has a virtual thread that waits; the bytes are moved by a few I/O threads.
 *
 * <p>Thread-safe.
 */
public final class HttpEffects implements EffectPerformer, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEffects.class);
  private static final long CLOSE_WAIT_NS = TimeUnit.SECONDS.toNanos(10);

  private final EffectOptions options;
  private final CloseableHttpAsyncClient client;
  private final HostLookup lookup;
  private final HttpCall.Tools tools;
  private final MeterRegistry meters;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition allDone = lock.newCondition();
  // All of these under the lock. A call has its place until it has an outcome, and is known until
  // the outcome has been handed over.
  private final Set<Running> running = new HashSet<>();
  private final Map<String, Integer> placesByHost = new HashMap<>();
  private int places;
  private boolean closed;

  private HttpEffects(
      EffectOptions options,
      MeterRegistry meters,
      HostLookup.Names names,
      InstantSource clock,
      SSLContext tls) {
    this.options = options;
    this.meters = meters;
    client = Connections.open(options, tls);
    lookup = new HostLookup(names, options.maxInFlight());
    tools = new HttpCall.Tools(options, new AddressRules(options), lookup, client, clock);
    Gauge.builder("thalweg.effects.in.flight", this::inFlight)
        .description("Calls that have no outcome yet")
        .register(meters);
  }

  /** A performer with these options, which counts nowhere. */
  public static HttpEffects start(EffectOptions options) {
    return start(options, new SimpleMeterRegistry());
  }

  /**
   * A performer with these options.
   *
   * @param meters gets {@code thalweg.effects.outcomes} by kind and {@code
   *     thalweg.effects.in.flight}
   */
  public static HttpEffects start(EffectOptions options, MeterRegistry meters) {
    try {
      return start(
          options,
          meters,
          InetAddress::getAllByName,
          InstantSource.system(),
          SSLContext.getDefault());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("TLS cannot be set up", e);
    }
  }

  static HttpEffects start(
      EffectOptions options,
      MeterRegistry meters,
      HostLookup.Names names,
      InstantSource clock,
      SSLContext tls) {
    return new HttpEffects(options, meters, names, clock, tls);
  }

  /** Calls that have no outcome yet. */
  public int inFlight() {
    lock.lock();
    try {
      return places;
    } finally {
      lock.unlock();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Without a free place, and after {@link #close}, {@code done} is called before this returns.
   * Otherwise it is called on a virtual thread of this call's own.
   */
  @Override
  public void perform(EffectAttempt attempt, Consumer<EffectOutcome> done) {
    EffectUrl url = attempt.request().target();
    Running call = new Running(new HttpCall(tools, attempt, url), url.host(), done);
    Failed refused;
    lock.lock();
    try {
      int ofHost = placesByHost.getOrDefault(url.host(), 0);
      if (closed) {
        refused = new Failed(Kind.CLOSED, "not called: closed");
      } else if (places >= options.maxInFlight()) {
        refused = busy(options.maxInFlight() + " calls");
      } else if (ofHost >= options.maxInFlightPerHost()) {
        refused = busy(options.maxInFlightPerHost() + " calls to " + url.host());
      } else {
        places++;
        placesByHost.put(url.host(), ofHost + 1);
        running.add(call);
        call.thread.start();
        return;
      }
    } finally {
      lock.unlock();
    }
    report(refused, done);
  }

  /**
   * Ends the calls in flight, each with the outcome CLOSED, waits for their {@code done} to have
   * been called, at most 10 s, and lets go of all connections. A second close does nothing. Must
   * not be called in a {@code done}.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      for (Running call : running) {
        call.end();
      }
      long leftNs = CLOSE_WAIT_NS;
      while (!running.isEmpty() && leftNs > 0) {
        leftNs = allDone.awaitNanos(leftNs);
      }
      if (!running.isEmpty()) {
        LOG.warn("{} calls have not handed over their outcome", running.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    lookup.close();
    client.close(CloseMode.IMMEDIATE);
  }

  private static Failed busy(String what) {
    return new Failed(Kind.BUSY, "not called: " + what + " are in flight");
  }

  private void report(EffectOutcome outcome, Consumer<EffectOutcome> done) {
    String kind =
        switch (outcome) {
          case Responded responded -> responded.status() / 100 + "xx";
          case Failed failed -> failed.kind().name().toLowerCase(Locale.ROOT);
        };
    Counter.builder("thalweg.effects.outcomes")
        .description("Calls that ended so")
        .tag("kind", kind)
        .register(meters)
        .increment();
    try {
      done.accept(outcome);
    } catch (RuntimeException | Error e) {
      LOG.error("an outcome could not be handed over", e);
    }
  }

  /** A call that has a place. */
  private final class Running {
    private final HttpCall call;
    private final String host;
    private final Consumer<EffectOutcome> done;
    private final Thread thread = Thread.ofVirtual().name("effects-call").unstarted(this::run);
    // Under the lock.
    private boolean hasOutcome;
    private boolean ended;

    Running(HttpCall call, String host, Consumer<EffectOutcome> done) {
      this.call = call;
      this.host = host;
      this.done = done;
    }

    /** Under the lock: interrupts the call, and never its {@code done}. */
    void end() {
      if (!hasOutcome) {
        ended = true;
        thread.interrupt();
      }
    }

    private void run() {
      EffectOutcome outcome;
      try {
        outcome = call.run();
      } catch (InterruptedException e) {
        outcome = new Failed(Kind.CLOSED, "closed before the response came");
      } catch (RuntimeException | Error e) {
        LOG.error("a call could not be made", e);
        outcome =
            new Failed(Kind.IO, "the call could not be made: " + e.getClass().getSimpleName());
      }
      lock.lock();
      try {
        hasOutcome = true;
        if (ended && outcome instanceof Failed) {
          // An interrupt can show itself as some other failure.
          outcome = new Failed(Kind.CLOSED, "closed before the response came");
        }
        places--;
        placesByHost.computeIfPresent(host, (name, count) -> count == 1 ? null : count - 1);
      } finally {
        lock.unlock();
      }
      // Of an interrupt that came when the call was over.
      var _ = Thread.interrupted();
      report(outcome, done);
      lock.lock();
      try {
        running.remove(this);
        allDone.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
