package io.thalweg.runtime;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.host.Host;
import io.thalweg.runtime.system.DeadLetterResolved;
import io.thalweg.runtime.system.DeadLetterRow;
import io.thalweg.runtime.system.DeadLetterRows;
import io.thalweg.runtime.system.DeadLettered;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The dead letters of one service over all its partitions. Thread-safe; its methods wait. */
final class DeadLetterOffice {
  static final int MAX_PAGE = 1000;
  private static final Pattern ID = Pattern.compile("(\\d{1,5})-(\\d{1,18})");
  private static final String ANY_PREFIX = "type.googleapis.com/";

  private final Host host;
  private final ServiceModel model;
  private final List<Partition> partitions;

  /** Partition and offset. */
  private record Id(int partition, long offset) {
    static Id parse(String text, String field) {
      Matcher m = ID.matcher(text);
      if (!m.matches()) {
        throw Failure.invalid(
            field, "must be as in a list, such as 3-1042; got '" + Failure.quote(text) + "'");
      }
      return new Id(Integer.parseInt(m.group(1)), Long.parseLong(m.group(2)));
    }

    @Override
    public String toString() {
      return partition + "-" + offset;
    }
  }

  DeadLetterOffice(Host host, ServiceModel model, List<Partition> partitions) {
    this.host = host;
    this.model = model;
    this.partitions = partitions;
  }

  DeadLetters list(int pageSize, String pageToken) {
    if (pageSize < 1 || pageSize > MAX_PAGE) {
      throw Failure.invalid("page_size", "must be from 1 to " + MAX_PAGE + "; got " + pageSize);
    }
    Id from = pageToken.isEmpty() ? new Id(0, -1) : Id.parse(pageToken, "page_token");
    List<DeadLetter> letters = new ArrayList<>();
    long afterOffset = from.offset();
    for (int i = from.partition(); i < partitions.size(); i++) {
      DeadLetterRows rows =
          ask(
              i,
              new Origin.DeadLetterList(afterOffset, pageSize - letters.size()),
              DeadLetterRows.class);
      for (DeadLetterRow row : rows.getRowsList()) {
        letters.add(letter(new Id(i, row.getOffset()), row));
      }
      if (rows.getMore()) {
        return new DeadLetters(List.copyOf(letters), letters.getLast().id());
      }
      afterOffset = -1;
      if (letters.size() == pageSize && i + 1 < partitions.size()) {
        return new DeadLetters(List.copyOf(letters), new Id(i + 1, 0).toString());
      }
    }
    return new DeadLetters(List.copyOf(letters), "");
  }

  void decide(String id, DeadLetterResolved.How how) {
    Id wanted = Id.parse(id, "id");
    if (wanted.partition() >= partitions.size()) {
      throw Failure.notFound("dead letter", id);
    }
    ask(
        wanted.partition(),
        new Origin.DeadLetterDecision(wanted.offset(), how),
        DeadLetterResolved.class);
  }

  private <R extends Message> R ask(int index, Origin question, Class<R> answer) {
    AwaitedReply awaited = new AwaitedReply(host);
    Partition partition = partitions.get(index);
    Request request = Request.of(DeadLetterResolved.getDefaultInstance());
    partition.submit(
        Call.of(
            question,
            request,
            partition.scope().firstSlot(),
            host.nanoTime(),
            new Answer(awaited)));
    return answer.cast(awaited.await());
  }

  private DeadLetter letter(Id id, DeadLetterRow row) {
    DeadLettered letter = row.getLetter();
    Message request;
    try {
      request =
          letter.getEffect().isEmpty()
              ? Receiver.parse(model, letter.getRequestType(), letter.getPayload())
              : EffectRecords.correlation(
                  model, letter.getEffectHandler(), letter.getRequestType(), letter.getPayload());
    } catch (Failure unknown) {
      request =
          Any.newBuilder()
              .setTypeUrl(ANY_PREFIX + letter.getRequestType())
              .setValue(letter.getPayload())
              .build();
    }
    Code code = Code.forNumber(letter.getCode());
    return new DeadLetter(
        id.toString(),
        model.name(),
        row.getProject(),
        sourceOf(letter),
        request,
        code == null ? Code.UNKNOWN : code,
        letter.getMessage(),
        letter.getTimeUs());
  }

  private static String sourceOf(DeadLettered letter) {
    if (!letter.getEffect().isEmpty()) {
      return "effect:" + letter.getEffect();
    }
    if (!letter.getTimer().isEmpty()) {
      return "timer:" + letter.getTimer();
    }
    return "%s/%d#%d"
        .formatted(letter.getSourceService(), letter.getSourcePartition(), letter.getSequence());
  }
}
