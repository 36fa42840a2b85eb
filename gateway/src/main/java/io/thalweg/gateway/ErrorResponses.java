package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorDetailsProto;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.thalweg.runtime.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;

/**
 * Errors as JSON: {@code {"error":{"code":400,"status":"INVALID_ARGUMENT","message":"...",
 * "details":[{"@type":"...","fieldViolations":[...]}]}}}, the form of Google's APIs.
 */
final class ErrorResponses {
  private static final JsonFactory JSON = new JsonFactory();
  private static final JsonFormat.Printer DETAILS =
      JsonFormat.printer()
          .omittingInsignificantWhitespace()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder()
                  .add(BadRequest.getDescriptor())
                  .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
                  .build());

  private ErrorResponses() {}

  static HttpResponse of(Failure failure) {
    HttpStatus status = HttpCodes.status(failure.code());
    ResponseHeadersBuilder headers = headers(status);
    long retryS = retryAfterS(failure);
    if (retryS > 0) {
      headers.setLong(HttpHeaderNames.RETRY_AFTER, retryS);
    }
    return HttpResponse.of(headers.build(), HttpData.wrap(body(status, failure.status())));
  }

  static HttpResponse of(HttpStatus status, String message) {
    return aggregated(status, message).toHttpResponse();
  }

  static AggregatedHttpResponse aggregated(HttpStatus status, String message) {
    Status body =
        Status.newBuilder().setCode(HttpCodes.code(status).getNumber()).setMessage(message).build();
    return AggregatedHttpResponse.of(headers(status).build(), HttpData.wrap(body(status, body)));
  }

  static ResponseHeadersBuilder headers(HttpStatus status) {
    return ResponseHeaders.builder(status).contentType(MediaType.JSON_UTF_8);
  }

  /** The whole body. Also what a broken stream of events ends with. */
  static byte[] body(HttpStatus status, Status error) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(256);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeObjectFieldStart("error");
      out.writeNumberField("code", status.code());
      Code code = Code.forNumber(error.getCode());
      out.writeStringField("status", (code == null ? Code.UNKNOWN : code).name());
      out.writeStringField("message", error.getMessage());
      if (error.getDetailsCount() > 0) {
        out.writeArrayFieldStart("details");
        for (Any detail : error.getDetailsList()) {
          detail(out, detail);
        }
        out.writeEndArray();
      }
      out.writeEndObject();
      out.writeEndObject();
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void detail(JsonGenerator out, Any detail) throws IOException {
    try {
      out.writeRawValue(DETAILS.print(detail));
    } catch (InvalidProtocolBufferException e) {
      out.writeStartObject();
      out.writeStringField("@type", detail.getTypeUrl());
      out.writeStringField(
          "value", Base64.getEncoder().encodeToString(detail.getValue().toByteArray()));
      out.writeEndObject();
    }
  }

  /** Whole seconds, at least 1, of a RetryInfo; 0 if there is none. */
  private static long retryAfterS(Failure failure) {
    for (Any detail : failure.status().getDetailsList()) {
      if (detail.is(RetryInfo.class)) {
        try {
          RetryInfo info = detail.unpack(RetryInfo.class);
          long up = info.getRetryDelay().getNanos() > 0 ? 1 : 0;
          return Math.max(1, info.getRetryDelay().getSeconds() + up);
        } catch (InvalidProtocolBufferException e) {
          return 1;
        }
      }
    }
    return failure.code() == Code.UNAVAILABLE ? 1 : 0;
  }
}
