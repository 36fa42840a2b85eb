package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.QueryParams;
import io.thalweg.runtime.DeadLetter;
import io.thalweg.runtime.DeadLetters;
import io.thalweg.runtime.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;

/**
 * Messages and timers that were refused for good.
 *
 * <ul>
 *   <li>{@code GET /v1/operations/services/SERVICE/deadLetters?pageSize=&pageToken=}: lists them, 1
 *       to 1,000 a page, 100 if nothing is said.
 *   <li>{@code POST .../deadLetters/ID:retry}: executes one again; it is gone if that succeeds, and
 *       stays if it is refused again, with the refusal as the answer.
 *   <li>{@code DELETE .../deadLetters/ID}: drops one for good.
 * </ul>
 */
final class DeadLetterEndpoints {
  static final String COLLECTION = "/v1/operations/services/{service}/deadLetters";
  static final String LETTER = COLLECTION + "/{letter}";
  static final String RETRY = LETTER + ":retry";

  private static final JsonFactory JSON = new JsonFactory();
  private static final int MAX_PAGE = 1_000;
  private static final int DEFAULT_PAGE = 100;

  private final Backend backend;
  private final Operations operations;

  DeadLetterEndpoints(Backend backend, Operations operations) {
    this.backend = backend;
    this.operations = operations;
  }

  Endpoint list() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              QueryParams query = ctx.queryParams();
              return answer(
                  json(
                      backend.deadLetters(
                          PercentCoding.decode(values.get(0), "service"),
                          pageSize(query.get("pageSize")),
                          query.get("pageToken", ""))));
            });
  }

  Endpoint retry() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              backend.retryDeadLetter(
                  PercentCoding.decode(values.get(0), "service"),
                  PercentCoding.decode(values.get(1), "letter"));
              return answer("{}".getBytes(StandardCharsets.UTF_8));
            });
  }

  Endpoint drop() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              backend.dropDeadLetter(
                  PercentCoding.decode(values.get(0), "service"),
                  PercentCoding.decode(values.get(1), "letter"));
              return answer("{}".getBytes(StandardCharsets.UTF_8));
            });
  }

  private static int pageSize(@org.jspecify.annotations.Nullable String text) {
    if (text == null) {
      return DEFAULT_PAGE;
    }
    try {
      int size = Integer.parseInt(text);
      if (size >= 1 && size <= MAX_PAGE) {
        return size;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Failure.invalid(
        "pageSize", "must be from 1 to %d; got '%s'".formatted(MAX_PAGE, Failure.quote(text)));
  }

  private static HttpResponse answer(byte[] json) {
    return Operations.json(json);
  }

  private static byte[] json(DeadLetters page) throws IOException {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(512);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeArrayFieldStart("deadLetters");
      for (DeadLetter letter : page.letters()) {
        letter(out, letter);
      }
      out.writeEndArray();
      out.writeStringField("nextPageToken", page.nextPageToken());
      out.writeEndObject();
      out.flush();
      return bytes.toByteArray();
    }
  }

  private static void letter(JsonGenerator out, DeadLetter letter) throws IOException {
    Message request = letter.request();
    out.writeStartObject();
    out.writeStringField("id", letter.id());
    out.writeStringField("service", letter.service());
    out.writeNumberField("project", letter.project());
    out.writeStringField("source", letter.source());
    out.writeStringField("code", letter.code().name());
    out.writeStringField("reason", letter.reason());
    out.writeStringField("time", Instant.EPOCH.plus(letter.timeUs(), ChronoUnit.MICROS).toString());
    if (request instanceof Any unknown) {
      // Of a type that this build does not know: nobody can say it in JSON.
      out.writeStringField("requestType", unknown.getTypeUrl());
      out.writeStringField(
          "requestBytes", Base64.getEncoder().encodeToString(unknown.getValue().toByteArray()));
    } else {
      out.writeStringField("requestType", request.getDescriptorForType().getFullName());
      out.writeFieldName("request");
      out.writeRawValue(
          new String(
              JsonWriter.write(request, MessageShape.of(request.getDescriptorForType())),
              StandardCharsets.UTF_8));
    }
    out.writeEndObject();
  }
}
