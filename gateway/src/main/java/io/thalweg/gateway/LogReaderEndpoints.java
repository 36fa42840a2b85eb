package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.QueryParams;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.NodeStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * Readers of the log, for which it keeps what they have not read, such as backup directories.
 *
 * <ul>
 *   <li>{@code GET /v1/operations/logReaders}: lists them.
 *   <li>{@code PUT .../NAME?logId=ID&position=POSITION&note=TEXT}: all of the log from a position
 *       on is kept from now on.
 *   <li>{@code DELETE .../NAME}: nothing is kept for it any more. For one that does not come back.
 * </ul>
 */
final class LogReaderEndpoints {
  static final String COLLECTION = "/v1/operations/logReaders";
  static final String READER = COLLECTION + "/{reader}";

  private static final JsonFactory JSON = new JsonFactory();

  private final Backend backend;
  private final Operations operations;

  LogReaderEndpoints(Backend backend, Operations operations) {
    this.backend = backend;
    this.operations = operations;
  }

  Endpoint list() {
    return (ctx, request, values) ->
        operations.answer(ctx, () -> answer(json(backend.status().readers())));
  }

  Endpoint hold() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              String name = PercentCoding.decode(values.get(0), "reader");
              QueryParams query = ctx.queryParams();
              long position = BackupEndpoints.number(query, "position", 0, Long.MAX_VALUE);
              UUID logId = logId(query.get("logId", ""));
              backend.backupSource().hold(name, query.get("note", ""), logId, position);
              return answer("{}".getBytes(StandardCharsets.UTF_8));
            });
  }

  Endpoint drop() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              String name = PercentCoding.decode(values.get(0), "reader");
              if (backend.status().readers().stream().noneMatch(r -> r.name().equals(name))) {
                throw Failure.notFound("reader", name);
              }
              backend.backupSource().release(name);
              return answer("{}".getBytes(StandardCharsets.UTF_8));
            });
  }

  private static UUID logId(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw Failure.invalid(
          "logId", "must be the identity of a log; got '" + Failure.quote(text) + "'");
    }
  }

  private static HttpResponse answer(byte[] json) {
    return Operations.json(json);
  }

  private static byte[] json(List<NodeStatus.ReaderStatus> readers) throws IOException {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(512);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      write(out, readers);
      out.writeEndObject();
      out.flush();
      return bytes.toByteArray();
    }
  }

  /** The field {@code logReaders} of an object. */
  static void write(JsonGenerator out, List<NodeStatus.ReaderStatus> readers) throws IOException {
    out.writeArrayFieldStart("logReaders");
    for (NodeStatus.ReaderStatus reader : readers) {
      out.writeStartObject();
      out.writeStringField("name", reader.name());
      out.writeStringField("note", reader.note());
      out.writeNumberField("position", reader.position());
      out.writeNumberField("heldBytes", reader.heldBytes());
      out.writeNumberField("ageSeconds", reader.ageSeconds());
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
