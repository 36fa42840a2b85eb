package io.thalweg.runtime;

import io.thalweg.runtime.DeadLetterTable.Place;
import io.thalweg.runtime.system.DeadLetterResolved;
import io.thalweg.runtime.system.DeadLetterRow;
import io.thalweg.runtime.system.DeadLetterRows;
import io.thalweg.runtime.system.DeadLettered;
import java.util.Map;

/**
 * Lists a partition's dead letters and carries out what an operator decides about one. Used by the
 * partition's thread.
 */
final class DeadLetterDesk {
  /** A list ends after so many bytes, though not before its first letter. */
  static final int MAX_LIST_BYTES = 4 << 20;

  private final ServiceModel model;
  private final ServiceInstance instance;
  private final DeadLetterTable letters;
  private final Deciding deciding;

  DeadLetterDesk(
      ServiceModel model, ServiceInstance instance, SystemTables tables, Deciding deciding) {
    this.model = model;
    this.instance = instance;
    letters = tables.deadLetters();
    this.deciding = deciding;
  }

  DeadLetterRows list(Origin.DeadLetterList wanted) {
    DeadLetterRows.Builder page = DeadLetterRows.newBuilder();
    int bytes = 0;
    for (Map.Entry<Long, Place> each :
        letters.places().tailMap(wanted.afterOffset(), false).entrySet()) {
      if (page.getRowsCount() >= wanted.limit() || bytes > MAX_LIST_BYTES) {
        return page.setMore(true).build();
      }
      DeadLettered letter = find(each.getKey());
      bytes += letter.getSerializedSize();
      page.addRows(
          DeadLetterRow.newBuilder()
              .setOffset(each.getKey())
              .setProject(each.getValue().project())
              .setLetter(letter));
    }
    return page.build();
  }

  /**
   * Has a dead letter executed again or drops it.
   *
   * @throws Failure NOT_FOUND if there is none; or what its handler refuses it with, then it is
   *     kept
   */
  DeadLetterResolved decide(Origin.DeadLetterDecision decision) {
    Place place = letters.places().get(decision.offset());
    if (place == null) {
      throw Failure.notFound("dead letter", Long.toString(decision.offset()));
    }
    DeadLettered letter = find(decision.offset());
    DeadLetterResolved resolved =
        DeadLetterResolved.newBuilder().setOffset(decision.offset()).setHow(decision.how()).build();
    deciding.begin(new Caller(place.project(), principalOf(letter)), place.slot());
    return deciding.decide(() -> {
      if (decision.how() == DeadLetterResolved.How.RETRIED) {
        handle(letter);
      }
      deciding.record(resolved);
      return resolved;
    });
  }

  private static String principalOf(DeadLettered letter) {
    if (!letter.getEffect().isEmpty()) {
      return EffectRunner.PRINCIPAL;
    }
    return letter.getTimer().isEmpty()
        ? Courier.principalOf(letter.getSourceService())
        : Alarms.PRINCIPAL;
  }

  private void handle(DeadLettered letter) {
    if (letter.getEffect().isEmpty()) {
      instance.handle(
          Receiver.parse(model, letter.getRequestType(), letter.getPayload()), deciding);
      return;
    }
    String handler = letter.getEffectHandler();
    instance.handle(
        handler,
        EffectRecords.result(letter.getEffect(), letter.getEffectAnswer()),
        EffectRecords.correlation(model, handler, letter.getRequestType(), letter.getPayload()),
        deciding);
  }

  private DeadLettered find(long offset) {
    DeadLettered letter = letters.find(offset);
    if (letter == null) {
      throw new IllegalStateException("the dead letter at offset " + offset + " has no row");
    }
    return letter;
  }
}
