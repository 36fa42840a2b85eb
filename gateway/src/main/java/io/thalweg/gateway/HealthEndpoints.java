package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import io.thalweg.runtime.NodeStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code /livez}: the process answers. {@code /readyz}: every partition takes requests and the
 * gateway is not closing; otherwise 503 with the reasons.
 */
final class HealthEndpoints {
  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] LIVE =
      "{\"live\":true}".getBytes(java.nio.charset.StandardCharsets.UTF_8);

  private final Backend backend;
  private final Draining draining;

  HealthEndpoints(Backend backend, Draining draining) {
    this.backend = backend;
    this.draining = draining;
  }

  Endpoint live() {
    return (ctx, request, values) -> respond(HttpStatus.OK, LIVE);
  }

  Endpoint ready() {
    return (ctx, request, values) -> {
      NodeStatus status = backend.status();
      List<String> reasons = new ArrayList<>(status.reasons());
      if (draining.begun()) {
        reasons.add("the server is shutting down");
      }
      boolean ready = isReady();
      return respond(
          ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE, json(ready, reasons, status));
    };
  }

  boolean isReady() {
    return backend.status().ready() && !draining.begun();
  }

  private static HttpResponse respond(HttpStatus status, byte[] json) {
    ResponseHeaders headers =
        ErrorResponses.headers(status).set(HttpHeaderNames.CACHE_CONTROL, "no-store").build();
    return HttpResponse.of(headers, HttpData.wrap(json));
  }

  private static byte[] json(boolean ready, List<String> reasons, NodeStatus status) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(512);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeBooleanField("ready", ready);
      out.writeArrayFieldStart("reasons");
      for (String reason : reasons) {
        out.writeString(reason);
      }
      out.writeEndArray();
      out.writeArrayFieldStart("partitions");
      for (NodeStatus.PartitionStatus partition : status.partitions()) {
        out.writeStartObject();
        out.writeStringField("name", partition.name());
        out.writeStringField("phase", partition.phase().name());
        out.writeNumberField("queueDepth", partition.queueDepth());
        out.writeNumberField("pendingEffects", partition.pendingEffects());
        out.writeNumberField("outboxMessages", partition.outboxMessages());
        out.writeNumberField("pendingTimers", partition.pendingTimers());
        out.writeNumberField("deadLetters", partition.deadLetters());
        out.writeNumberField("endOffset", partition.endOffset());
        out.writeNumberField("durableOffset", partition.durableOffset());
        out.writeEndObject();
      }
      out.writeEndArray();
      LogReaderEndpoints.write(out, status.readers());
      out.writeEndObject();
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
