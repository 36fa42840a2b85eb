package io.thalweg.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.thalweg.gateway.NodeWarning;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Keeps the latest lines of the log that say that something is wrong, for the page that shows them;
 * what is audited has a place of its own. At most {@value #MAX} lines of {@value #MAX_CHARS}
 * characters. Thread-safe.
 */
final class RecentWarnings extends AppenderBase<ILoggingEvent> {
  static final int MAX = 100;
  static final int MAX_CHARS = 1_000;
  private static final String NAME = "recent";
  private static final String AUDIT = "thalweg.audit";

  private final ArrayDeque<NodeWarning> latest = new ArrayDeque<>();

  /** Begins to keep what all loggers say. */
  static void begin(LoggerContext context) {
    RecentWarnings warnings = new RecentWarnings();
    warnings.setContext(context);
    warnings.setName(NAME);
    warnings.start();
    context.getLogger("ROOT").addAppender(warnings);
  }

  /** The newest first; none where logging was set up by somebody else. */
  static List<NodeWarning> list() {
    return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
            && context.getLogger("ROOT").getAppender(NAME) instanceof RecentWarnings warnings
        ? warnings.newestFirst()
        : List.of();
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(Level.WARN) && !event.getLoggerName().equals(AUDIT)) {
      String name = event.getLoggerName();
      String message = String.valueOf(event.getFormattedMessage());
      keep(
          new NodeWarning(
              TimeUnit.MILLISECONDS.toMicros(event.getTimeStamp()),
              event.getLevel().toString(),
              name.substring(name.lastIndexOf('.') + 1),
              message.length() <= MAX_CHARS ? message : message.substring(0, MAX_CHARS) + "..."));
    }
  }

  private void keep(NodeWarning warning) {
    synchronized (latest) {
      if (latest.size() == MAX) {
        latest.removeLast();
      }
      latest.addFirst(warning);
    }
  }

  private List<NodeWarning> newestFirst() {
    synchronized (latest) {
      return List.copyOf(latest);
    }
  }
}
