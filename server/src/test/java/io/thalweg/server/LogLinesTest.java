package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The log as lines of JSON. */
class LogLinesTest {
  @Test
  void aLineOfJsonHasTheMessageItsErrorAndTheTraceOfItsRequest() throws IOException {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent(
            LogLinesTest.class.getName(),
            context.getLogger("io.thalweg.Some"),
            Level.WARN,
            "what \"{}\" did",
            new IllegalStateException("why"),
            new Object[] {"ana"});
    event.setMDCPropertyMap(Map.of("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"));

    byte[] line = LogLines.jsonEncoder(context).encode(event);

    assertThat(new String(line, java.nio.charset.StandardCharsets.UTF_8).strip())
        .doesNotContain("\n");
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(json.get("formattedMessage").asText()).isEqualTo("what \"ana\" did");
    assertThat(json.get("level").asText()).isEqualTo("WARN");
    assertThat(json.get("loggerName").asText()).isEqualTo("io.thalweg.Some");
    assertThat(json.get("timestamp").asLong()).isPositive();
    assertThat(json.get("mdc").get("trace_id").asText())
        .isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(json.get("throwable").get("message").asText()).isEqualTo("why");
  }
}
