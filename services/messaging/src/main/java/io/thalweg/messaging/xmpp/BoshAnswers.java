package io.thalweg.messaging.xmpp;

import io.thalweg.edge.HttpProtocol.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session says, and what it has said: an answer that was lost is given again. What was said
 * has arrived when the client could not have asked for more otherwise.
 */
final class BoshAnswers {
  private static final int MAX_CHARS = 256 << 10;
  private static final String TYPE = "text/xml; charset=utf-8";

  private record Said(String xml, @Nullable Runnable arrived) {}

  private record Answered(long rid, Answer answer, List<Runnable> arrived) {}

  private final int kept;
  private final ArrayDeque<Said> waiting = new ArrayDeque<>();
  private final ArrayDeque<Answered> answered = new ArrayDeque<>();

  /**
   * @param kept how many answers may be asked for again
   */
  BoshAnswers(int kept) {
    this.kept = kept;
  }

  void say(String xml, @Nullable Runnable arrived) {
    waiting.add(new Said(xml, arrived));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * Makes an answer of what waits, and keeps it.
   *
   * @param attributes of the element around it
   * @param all also if it is long: nothing comes after it
   */
  Answer next(long rid, Element attributes, boolean all) {
    StringBuilder out = new StringBuilder();
    List<Runnable> arrived = new ArrayList<>();
    Said said = waiting.peek();
    while (said != null && (all || out.isEmpty() || out.length() < MAX_CHARS)) {
      out.append(Element.standing(said.xml()));
      Runnable then = said.arrived();
      if (then != null) {
        arrived.add(then);
      }
      waiting.poll();
      said = waiting.peek();
    }
    Answer answer = of(attributes, out.toString());
    answered.add(new Answered(rid, answer, arrived));
    while (answered.size() > kept) {
      answered.poll();
    }
    return answer;
  }

  /** What was answered; null if it is not known any more. */
  @Nullable Answer again(long rid) {
    for (Answered each : answered) {
      if (each.rid() == rid) {
        return each.answer();
      }
    }
    return null;
  }

  /** The client has all answers up to one. */
  void arrived(long rid) {
    for (Answered each : answered) {
      if (each.rid() <= rid) {
        List<Runnable> then = List.copyOf(each.arrived());
        each.arrived().clear();
        then.forEach(Runnable::run);
      }
    }
  }

  /** An answer that ends a session, or says that there is none. */
  static Answer terminate(@Nullable String condition) {
    return of(
        new Element("body", Names.HTTP_BIND).with("type", "terminate").with("condition", condition),
        "");
  }

  static Answer of(Element attributes, String content) {
    String open = attributes.xml();
    // "<body .../>", which gets another end. Older clients look for the prefix here.
    String body =
        open.substring(0, open.length() - 2)
            + " xmlns:stream='"
            + Names.STREAMS
            + "' xmlns:xmpp='"
            + Names.XBOSH
            + "'>"
            + content
            + "</body>";
    return new Answer(200, TYPE, body.getBytes(StandardCharsets.UTF_8));
  }
}
