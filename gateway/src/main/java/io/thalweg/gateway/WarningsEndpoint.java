package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** {@code GET /v1/operations/warnings}: what the node has warned of lately, the newest first. */
final class WarningsEndpoint {
  static final String PATH = "/v1/operations/warnings";

  private static final JsonFactory JSON = new JsonFactory();

  private final Supplier<List<NodeWarning>> warnings;
  private final Operations operations;

  WarningsEndpoint(Supplier<List<NodeWarning>> warnings, Operations operations) {
    this.warnings = warnings;
    this.operations = operations;
  }

  Endpoint list() {
    return (ctx, request, values) ->
        operations.answer(ctx, () -> Operations.json(json(warnings.get())));
  }

  private static byte[] json(List<NodeWarning> warnings) throws IOException {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(4096);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeArrayFieldStart("warnings");
      for (NodeWarning warning : warnings) {
        out.writeStartObject();
        // As the mapping of Protobuf to JSON has 64 bits.
        out.writeStringField("timeUs", Long.toString(warning.timeUs()));
        out.writeStringField("level", warning.level());
        out.writeStringField("logger", warning.logger());
        out.writeStringField("message", warning.message());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
      out.flush();
      return bytes.toByteArray();
    }
  }
}
