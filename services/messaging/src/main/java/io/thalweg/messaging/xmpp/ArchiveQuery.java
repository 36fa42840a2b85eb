package io.thalweg.messaging.xmpp;

import io.thalweg.messaging.v1.Message;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of an archive is asked for: XEP-0313, with a page by XEP-0059.
 *
 * @param id by which the client knows the answer
 * @param with whom; null: everybody
 * @param groups whether what was said in groups is asked for, too
 * @param size messages of the page, 0 to 100
 * @param before the page before this message; empty: the last one
 * @param after the page after this message
 */
record ArchiveQuery(
    @Nullable String id,
    @Nullable String with,
    @Nullable Instant start,
    @Nullable Instant end,
    boolean groups,
    int size,
    @Nullable String before,
    @Nullable String after) {
  private static final int MAX_PAGE = 100;
  private static final int DEFAULT_PAGE = 50;

  static ArchiveQuery of(Element query) {
    String with = null;
    Instant start = null;
    Instant end = null;
    boolean groups = false;
    Element form = query.child("x", Names.DATA_FORMS);
    for (Element field : form == null ? List.<Element>of() : form.children()) {
      Element value = field.child("value", Names.DATA_FORMS);
      String text = value == null ? "" : value.text();
      switch (field.get("var", "")) {
        case "with" -> with = text;
        case "start" -> start = time(text);
        case "end" -> end = time(text);
        case "include-groupchat" -> groups = text.equals("1") || text.equals("true");
        case "FORM_TYPE" -> {}
        default -> throw StanzaError.unsupported("a query by '" + field.get("var") + "'");
      }
    }
    Element set = query.child("set", Names.RESULT_SETS);
    Element before = set == null ? null : set.child("before", Names.RESULT_SETS);
    Element after = set == null ? null : set.child("after", Names.RESULT_SETS);
    return new ArchiveQuery(
        query.get("queryid"),
        with,
        start,
        end,
        groups,
        size(set),
        before == null ? null : before.text(),
        after == null || after.text().isEmpty() ? null : after.text());
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw StanzaError.bad("a time must be as XEP-0082 says");
    }
  }

  private static int size(@Nullable Element set) {
    Element max = set == null ? null : set.child("max", Names.RESULT_SETS);
    if (max == null) {
      return DEFAULT_PAGE;
    }
    try {
      return Math.clamp(Long.parseLong(max.text().strip()), 0, MAX_PAGE);
    } catch (NumberFormatException e) {
      throw StanzaError.bad("'max' must be a number");
    }
  }

  /** The same, of the page before another message. */
  ArchiveQuery before(String message) {
    return new ArchiveQuery(id, with, start, end, groups, size, message, null);
  }

  /** Whether it is for the newest ones. */
  boolean isBack() {
    return before != null;
  }

  /** Whether a message is of the time that is asked for. */
  boolean takes(Message message) {
    Instant at = Archive.time(message);
    return (start == null || !at.isBefore(start)) && (end == null || !at.isAfter(end));
  }
}
