package io.thalweg.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs threads one at a time, in an order drawn from a seed, in virtual time.
 *
 * <p>Every simulated thread is a virtual thread. One of them holds the baton and runs; when it
 * waits (all waiting goes through {@link SimulatedHost}) it draws the next one from those that can
 * run and hands the baton over. When none can run, time moves on to the next alarm. So the same
 * seed gives the same order of everything, and an hour of waiting costs nothing.
 *
 * <p>All of this object's state belongs to the holder of the baton; handing over publishes it.
 *
 * <p><b>Killing.</b> The threads of a killed host are unwound: whatever they wait for throws {@link
 * Killed}, at once and ever after, until they have ended. What they do meanwhile has no effect:
 * their files are dead and nobody listens to them.
 */
final class Scheduler {
  private static final long MAX_REAL_SECONDS = 60;
  private static final long READ_NS = 1_000;
  private static final int MAX_STEP_NS = 1_000;

  private final SplittableRandom random;
  private final long maxSteps;
  private final List<Task> runnable = new ArrayList<>();
  private final List<Task> live = new ArrayList<>();
  private final Map<Thread, Task> byThread = new HashMap<>();
  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile @Nullable Task running;
  private volatile @Nullable Throwable failure;
  private long nowNs;
  private long steps;
  private long alarmSequence;
  private int taskSequence;
  private long trace = 1;

  /** The host of a thread was killed; the thread unwinds. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed() {
      super("the simulated host was killed", null, false, false);
    }
  }

  Scheduler(long seed, long maxSteps) {
    this.random = new SplittableRandom(seed);
    this.maxSteps = maxSteps;
  }

  /** Virtual time since the beginning. */
  long nowNs() {
    return nowNs;
  }

  /** As {@link #nowNs}, for code under test: reading a clock takes time, as all that runs does. */
  long readNs() {
    nowNs += READ_NS;
    return nowNs;
  }

  long steps() {
    return steps;
  }

  /** A hash of everything that was scheduled, in order: equal for equal runs. */
  long trace() {
    return trace;
  }

  /**
   * Runs {@code body} as the first thread of {@code host} and returns when all threads have ended.
   * When the body ends, all hosts are killed. From a thread that is not simulated.
   *
   * @throws Throwable what the body or another simulated thread threw
   */
  void run(SimulatedHost host, Runnable body) throws Throwable {
    Task first =
        task(
            host,
            "scenario",
            () -> {
              body.run();
              killAll();
            });
    first.state = State.RUNNABLE;
    live.add(first);
    hand(first);
    if (!done.await(MAX_REAL_SECONDS, TimeUnit.SECONDS)) {
      throw stuck();
    }
    Throwable failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  private AssertionError stuck() {
    Task task = running;
    AssertionError error =
        new AssertionError(
            "simulated thread "
                + (task == null ? "none" : task.name)
                + " did not give the baton back within "
                + MAX_REAL_SECONDS
                + " s: it computes for ever, or waits outside of its host");
    if (task != null) {
      error.setStackTrace(task.thread.getStackTrace());
    }
    return error;
  }

  // ---------------------------------------------------------------- threads

  Task task(SimulatedHost host, String name, Runnable body) {
    Task task = new Task(host, ++taskSequence, name);
    task.thread = Thread.ofVirtual().name(name).unstarted(() -> runTask(task, body));
    byThread.put(task.thread, task);
    return task;
  }

  void start(Thread thread) {
    Task task = taskOf(thread);
    if (task.host.isDead()) {
      return;
    }
    live.add(task);
    makeRunnable(task);
  }

  private void runTask(Task task, Runnable body) {
    try {
      SimulatedTime.SCHEDULER.set(this);
      if (!task.host.isDead()) {
        body.run();
      }
    } catch (Killed e) {
      // As it should be.
    } catch (Throwable e) {
      if (!task.host.isDead()) {
        fail(e);
      }
    }
    task.state = State.ENDED;
    live.remove(task);
    byThread.remove(task.thread);
    for (Thread joiner : task.joiners) {
      unpark(joiner);
    }
    Task next = live.isEmpty() ? null : pick();
    if (next == null) {
      running = null;
      done.countDown();
    } else {
      hand(next);
    }
  }

  /** Ends the whole run with a failure; the first one counts. */
  void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    killAll();
  }

  private void killAll() {
    for (Task task : List.copyOf(live)) {
      task.host.markDead();
    }
    wakeDead();
  }

  /** Makes the threads of dead hosts able to run, so that they unwind. */
  void wakeDead() {
    for (Task task : List.copyOf(live)) {
      if (task.host.isDead()) {
        switch (task.state) {
          case PARKED, SLEEPING -> makeRunnable(task);
          case NEW, RUNNABLE, ENDED -> {}
        }
      }
    }
  }

  /** Waits until every thread of a dead host has ended. */
  void awaitUnwound(SimulatedHost host) {
    while (live.stream().anyMatch(task -> task.host == host)) {
      sleep(10_000);
    }
  }

  void join(Thread thread) {
    Task task = byThread.get(thread);
    while (task != null && task.state != State.ENDED) {
      task.joiners.add(Thread.currentThread());
      park(Long.MAX_VALUE);
    }
  }

  // ---------------------------------------------------------------- waiting

  /** Waits for {@link #unpark}, at most for a time. */
  void park(long nanos) {
    Task me = current();
    me.checkAlive();
    if (me.permit) {
      me.permit = false;
      return;
    }
    block(me, State.PARKED, nanos);
    me.permit = false;
    me.checkAlive();
  }

  /** Lets time pass. */
  void sleep(long nanos) {
    Task me = current();
    me.checkAlive();
    block(me, State.SLEEPING, nanos);
    me.checkAlive();
  }

  private void block(Task me, State state, long nanos) {
    me.state = state;
    me.waits++;
    if (nanos != Long.MAX_VALUE) {
      long waits = me.waits;
      at(
          nanos,
          () -> {
            if (me.waits == waits && (me.state == State.PARKED || me.state == State.SLEEPING)) {
              makeRunnable(me);
            }
          });
    }
    switchFrom(me);
  }

  void unpark(@Nullable Thread thread) {
    Task task = thread == null ? null : byThread.get(thread);
    if (task == null) {
      return;
    }
    if (task.state == State.PARKED) {
      makeRunnable(task);
    } else {
      task.permit = true;
    }
  }

  private void makeRunnable(Task task) {
    task.state = State.RUNNABLE;
    long lateNs = task.host.isDead() ? 0 : task.host.latenessNs();
    if (lateNs == 0) {
      runnable.add(task);
    } else {
      at(lateNs, () -> runnable.add(task));
    }
  }

  /** Runs something after a delay, on whichever thread is there; it must not wait. */
  void at(long delayNs, Runnable action) {
    alarms.add(new Alarm(nowNs + Math.max(0, delayNs), alarmSequence++, action));
  }

  // ---------------------------------------------------------------- the baton

  private void switchFrom(Task me) {
    Task next = pick();
    if (next == me) {
      return;
    }
    if (next == null) {
      // Deadlock, and everything is being unwound: this thread too.
      throw new IllegalStateException("nothing to run");
    }
    hand(next);
    me.awaitBaton();
  }

  private void hand(Task next) {
    running = next;
    if (next.begun) {
      next.baton = true;
      LockSupport.unpark(next.thread);
    } else {
      next.begun = true;
      next.thread.start();
    }
  }

  private @Nullable Task pick() {
    if (++steps > maxSteps && failure == null) {
      fail(new AssertionError("the run took more than " + maxSteps + " steps; " + waiting()));
    }
    nowNs += random.nextInt(MAX_STEP_NS);
    fireDue();
    while (runnable.isEmpty()) {
      Alarm next = alarms.peek();
      if (next == null) {
        if (failure != null) {
          return null;
        }
        fail(new AssertionError("every thread waits, and nothing will happen; " + waiting()));
        continue;
      }
      nowNs = Math.max(nowNs, next.timeNs);
      fireDue();
    }
    int last = runnable.size() - 1;
    int drawn = random.nextInt(last + 1);
    Task next = runnable.set(drawn, runnable.get(last));
    runnable.remove(last);
    trace = (trace * 31 + next.number) * 31 + nowNs;
    return next;
  }

  private void fireDue() {
    for (Alarm alarm = alarms.peek();
        alarm != null && alarm.timeNs <= nowNs;
        alarm = alarms.peek()) {
      alarms.poll();
      try {
        alarm.action.run();
      } catch (RuntimeException | AssertionError e) {
        fail(e);
      }
    }
  }

  private String waiting() {
    StringBuilder text = new StringBuilder("threads:");
    for (Task task : live) {
      text.append(' ').append(task.name).append('=').append(task.state);
    }
    return text.toString();
  }

  private Task current() {
    Task task = running;
    if (task == null || task.thread != Thread.currentThread()) {
      throw new IllegalStateException(
          Thread.currentThread() + " is not the simulated thread that runs");
    }
    return task;
  }

  private Task taskOf(Thread thread) {
    Task task = byThread.get(thread);
    if (task == null) {
      throw new IllegalArgumentException("not a simulated thread: " + thread);
    }
    return task;
  }

  private enum State {
    NEW,
    RUNNABLE,
    PARKED,
    SLEEPING,
    ENDED
  }

  /** A simulated thread. */
  static final class Task {
    private final SimulatedHost host;
    private final int number;
    private final String name;
    private final List<Thread> joiners = new ArrayList<>();
    private Thread thread = Thread.currentThread();
    private State state = State.NEW;
    private boolean begun;
    private boolean permit;
    private long waits;
    private volatile boolean baton;

    private Task(SimulatedHost host, int number, String name) {
      this.host = host;
      this.number = number;
      this.name = name;
    }

    Thread thread() {
      return thread;
    }

    private void checkAlive() {
      if (host.isDead()) {
        throw new Killed();
      }
    }

    private void awaitBaton() {
      while (!baton) {
        LockSupport.park(this);
      }
      baton = false;
    }
  }

  private record Alarm(long timeNs, long sequence, Runnable action) implements Comparable<Alarm> {
    @Override
    public int compareTo(Alarm other) {
      int order = Long.compare(timeNs, other.timeNs);
      return order != 0 ? order : Long.compare(sequence, other.sequence);
    }
  }
}
