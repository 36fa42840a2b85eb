package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.runtime.system.ContractDeclared;
import io.thalweg.runtime.system.DeadLetterResolved;
import io.thalweg.runtime.system.DeadLettered;
import io.thalweg.runtime.system.EffectDone;
import io.thalweg.runtime.system.EffectIntended;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.runtime.system.ReplyStored;
import io.thalweg.runtime.system.SlotsMoved;
import io.thalweg.runtime.system.SubjectForgotten;
import io.thalweg.runtime.system.TimerCleared;
import io.thalweg.runtime.system.TimerFired;
import io.thalweg.runtime.system.TimerSet;
import io.thalweg.state.PartitionState;
import org.jspecify.annotations.Nullable;

/** The runtime's own tables in a partition, and which record changes which of them. */
final class SystemTables {
  private final StoredReplies replies;
  private final DeclaredContracts contracts;
  private final Outbox outbox;
  private final Inbox inbox;
  private final DeadLetterTable deadLetters;
  private final Timers timers;
  private final EffectTable effects;
  private final ForgottenKeys forgottenKeys;
  private final MovedSlots moved;

  /**
   * Declares them.
   *
   * @param service name of the service
   * @param maxStoredReplies see {@link NodeOptions}
   */
  SystemTables(PartitionState state, String service, long maxStoredReplies) {
    replies = new StoredReplies(state, maxStoredReplies);
    contracts = new DeclaredContracts(state);
    outbox = new Outbox(state);
    inbox = new Inbox(state);
    deadLetters = new DeadLetterTable(state);
    timers = new Timers(state);
    effects = new EffectTable(state);
    forgottenKeys = new ForgottenKeys(state, service);
    moved = new MovedSlots(state);
  }

  StoredReplies replies() {
    return replies;
  }

  DeclaredContracts contracts() {
    return contracts;
  }

  Outbox outbox() {
    return outbox;
  }

  Inbox inbox() {
    return inbox;
  }

  DeadLetterTable deadLetters() {
    return deadLetters;
  }

  Timers timers() {
    return timers;
  }

  EffectTable effects() {
    return effects;
  }

  ForgottenKeys forgottenKeys() {
    return forgottenKeys;
  }

  MovedSlots moved() {
    return moved;
  }

  /** A default instance of the record of a number; null if this build does not know it. */
  static @Nullable Message prototypeOf(int number) {
    return switch (number) {
      case 1 -> ReplyStored.getDefaultInstance();
      case 2 -> ContractDeclared.getDefaultInstance();
      case 3 -> MessageSent.getDefaultInstance();
      case 4 -> MessageReceived.getDefaultInstance();
      case 5 -> DeadLettered.getDefaultInstance();
      case 6 -> TimerSet.getDefaultInstance();
      case 7 -> TimerCleared.getDefaultInstance();
      case 8 -> TimerFired.getDefaultInstance();
      case 9 -> EffectIntended.getDefaultInstance();
      case 10 -> EffectDone.getDefaultInstance();
      case 12 -> SubjectForgotten.getDefaultInstance();
      case 14 -> SlotsMoved.getDefaultInstance();
      case 16 -> MessagesAcknowledged.getDefaultInstance();
      case 17 -> DeadLetterResolved.getDefaultInstance();
      default -> null;
    };
  }

  /**
   * Applies a record; false if it is none of the runtime's. The state has entered its project and
   * slot, and is there again after.
   */
  boolean apply(Message record, EventContext at, int slot) {
    switch (record) {
      case ReplyStored stored -> replies.apply(stored, at, slot);
      case ContractDeclared declared -> contracts.apply(declared);
      case MessageSent sent -> outbox.apply(sent, at, slot);
      case MessageReceived received -> inbox.apply(received, at, slot);
      case MessagesAcknowledged acknowledged -> outbox.apply(acknowledged, at, slot);
      case DeadLettered letter -> deadLetters.apply(letter, at);
      case DeadLetterResolved resolved -> deadLetters.apply(resolved);
      case TimerSet set -> timers.apply(set, at, slot);
      case TimerCleared cleared -> timers.apply(cleared);
      case TimerFired fired -> timers.apply(fired);
      case EffectIntended intended -> effects.apply(intended, at);
      case EffectDone done -> effects.apply(done);
      case SubjectForgotten forgotten -> forgottenKeys.apply(forgotten, at);
      case SlotsMoved step -> moved.apply(step, at, slot);
      default -> {
        return false;
      }
    }
    return true;
  }
}
