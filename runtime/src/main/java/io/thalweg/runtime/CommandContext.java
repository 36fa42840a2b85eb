package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.contract.Sealed;
import java.util.random.RandomGenerator;

/** What a command may use beside the tables. Valid during the call only. */
public interface CommandContext extends Unsealing {
  /** Log time of the batch, microseconds since 1970; never goes back. */
  long logTimeUs();

  /** A secure source of randomness: decisions are never replayed. */
  RandomGenerator random();

  /** Who asks. */
  Caller caller();

  /** The offset that the next event gets. */
  long nextOffset();

  /**
   * Emits an event: it is applied to the tables at once, so that what follows sees it, and becomes
   * durable with the others of this command or not at all.
   *
   * @throws Failure INVALID_ARGUMENT if the event is larger than 1 MiB; FAILED_PRECONDITION, to be
   *     tried again, if it is of a later contract level than {@link #level}
   */
  void emit(Message event);

  /**
   * The contract level that the service is at: that of this build where there is one node; in a
   * cluster the highest that every live node reads, and never less than what was written. A command
   * that would emit what a later level brings does what it did before, or refuses.
   */
  default int level() {
    return Integer.MAX_VALUE;
  }

  /**
   * Sends a request to a command of a service of this node, also of this one: it is executed
   * exactly once, in the caller's project, with the principal "service:" and the name of this
   * service, some time after this command is durable. Messages between the same two partitions
   * arrive in the order in which they were sent. There is no reply; a request that is refused for
   * good becomes a dead letter.
   *
   * @throws IllegalArgumentException if it is no request of a command of a service of this node
   * @throws Failure INVALID_ARGUMENT if a field is out of its bounds, or the request is larger than
   *     1,008 KiB, or this is more than the 1,024th message of the command; RESOURCE_EXHAUSTED, to
   *     be tried again, if too many messages of this partition wait to be delivered
   */
  void send(Message request);

  /**
   * Has a command of this service executed at a time to come: durable, exactly once, in the
   * caller's project, with the principal "timer". A timer of the same name in the same project and
   * slot is replaced. A request that is refused then becomes a dead letter.
   *
   * @param name 1 to 128 bytes of UTF-8
   * @param atUs log time, microseconds since 1970, at most 100 years from now; in the past: at once
   * @param request of a command of this service, with a routing key of the slot of this command
   *     (the same key, for example); at most 64 KiB
   * @throws IllegalArgumentException if it is no such request
   * @throws Failure INVALID_ARGUMENT if something is out of its bounds; RESOURCE_EXHAUSTED, to be
   *     tried again, if the partition has 10,000,000 timers
   */
  void schedule(String name, long atUs, Message request);

  /**
   * Cancels a timer that was set in this project and slot.
   *
   * @return false if there is none: it was never set, or has fired
   */
  boolean cancelTimer(String name);

  /**
   * Seals personal data of a subject, to be put into events: it can be read by {@link #unseal}
   * until {@link #forget} is called for the subject, and never after that. The subject's key is
   * made at its first value, and is durable before the command is. It is of this service and of the
   * caller's project.
   *
   * <p>What goes elsewhere is not sealed: the reply to a named command, a request that is sent as a
   * message, set as a timer or kept as a dead letter, and the request of an effect.
   *
   * @param subject whose data it is: an opaque id, for it stays readable; 1 to 512 bytes of UTF-8
   * @param plaintext at most 64 KiB
   * @throws Failure INVALID_ARGUMENT if something is out of its bounds, or this is the 1,025th new
   *     subject of the command
   */
  Sealed seal(String subject, ByteString plaintext);

  /** As {@link #seal(String, ByteString)}, a text. */
  default Sealed seal(String subject, String plaintext) {
    return seal(subject, ByteString.copyFromUtf8(plaintext));
  }

  /**
   * Forgets a subject: everything that was sealed for it, in all partitions of this service in the
   * caller's project, can never be read again; not after a replay, a rebuild or a restore either.
   * Its keys are destroyed, durably, before this command is; if the command is undone, they are
   * not. What is sealed for the subject afterwards gets a new key.
   *
   * <p>Costs a flush and a compaction of the key store for each batch that does it, and the
   * partition waits for that: tenths of a second on a busy machine. Made to be rare.
   *
   * @param subject as in {@link #seal(String, ByteString)}
   * @return false if nothing is sealed for it that was not forgotten: nothing is recorded then
   * @throws Failure INVALID_ARGUMENT if the subject is out of its bounds, or this is the 1,025th of
   *     the command
   */
  boolean forget(String subject);

  /**
   * Has an HTTP call made, at least once, some time after this command is durable; never if it is
   * undone. It is repeated with growing pauses until the receiver takes it or refuses it for good,
   * or until the effect's time is over (a day of log time, if nothing else was set); after a
   * restart it begins again. The receiver tells a repeated call by the id. How it ended is handed
   * to a handler of this service, once. Calls are made in no order. The log keeps the request with
   * its headers.
   *
   * @param handler name of an {@link Definition#effectResult}
   * @param request what to do
   * @param correlation handed to the handler beside the result; of the type that it declares, at
   *     most 16 KiB
   * @return the id that the receiver sees, at most 128 letters, digits, '-' and '_': service,
   *     partition, lineage and offset, and 8 characters that differ between data directories
   * @throws IllegalArgumentException if there is no such handler, or the correlation is not of its
   *     type
   * @throws Failure INVALID_ARGUMENT if the correlation is too large or this is more than the 64th
   *     effect of the command; RESOURCE_EXHAUSTED, to be tried again, if 100,000 effects of the
   *     partition are pending; FAILED_PRECONDITION if the node was opened without a performer
   */
  String effect(String handler, HttpEffect request, Message correlation);

  /**
   * Sets this request aside: {@code throw context.setAside(topic, untilUs)} undoes the command, and
   * executes it again once the topic is woken, or at the latest at {@code untilUs}. Nothing is kept
   * of it but the request, in memory: when the partition closes or fails it is refused as to be
   * tried again. For requests of clients only: messages and timers cannot wait.
   *
   * <p>At most 10,000 requests of a partition wait, of 16 KiB each; one more is refused with
   * RESOURCE_EXHAUSTED.
   *
   * @param topic in the caller's project and the request's slot
   * @param untilUs log time; one that is not after {@link #askedUs} plus what the request allows,
   *     or it would wait for ever
   * @return what to throw
   * @throws IllegalStateException if this is no request of a client
   */
  default RuntimeException setAside(String topic, long untilUs) {
    throw new IllegalStateException("nothing can wait here");
  }

  /** Log time at which this request was executed first: now, unless it was set aside. */
  default long askedUs() {
    return logTimeUs();
  }

  /**
   * Wakes requests that were set aside in this project and slot, those first that have waited
   * longest. They are executed after this command.
   *
   * @param count the most to wake
   */
  default void wake(String topic, int count) {}
}
