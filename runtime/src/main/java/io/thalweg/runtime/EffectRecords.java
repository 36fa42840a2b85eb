package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.system.EffectAnswer;
import io.thalweg.runtime.system.EffectDone;
import io.thalweg.runtime.system.EffectEnd;
import io.thalweg.runtime.system.EffectHeader;
import io.thalweg.runtime.system.EffectIntended;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Effects as they stand in the log, and back. Stateless. */
final class EffectRecords {
  private static final String TRACE = "traceparent";

  private EffectRecords() {}

  /** The intent, without what a command adds to it. */
  static EffectIntended.Builder intended(HttpEffect request) {
    EffectIntended.Builder intended =
        EffectIntended.newBuilder()
            .setMethod(request.method().name())
            .setUrl(request.url())
            .setBody(request.body())
            .setTimeoutMs(request.timeoutMs());
    request.headers().forEach(header -> intended.addHeaders(header(header)));
    return intended;
  }

  /**
   * The request of an intent.
   *
   * @throws IllegalArgumentException if this release does not allow it
   */
  static HttpEffect request(EffectIntended intended) {
    return new HttpEffect(
        HttpEffect.Method.valueOf(intended.getMethod()),
        intended.getUrl(),
        headers(intended.getHeadersList()),
        intended.getBody(),
        intended.getTimeoutMs());
  }

  /**
   * The request of an intent, with the header {@code traceparent} if it is followed, unless the
   * service has set one or there is no room for it.
   *
   * @throws IllegalArgumentException as {@link #request(EffectIntended)}
   */
  static HttpEffect request(EffectIntended intended, @Nullable Trace trace) {
    HttpEffect request = request(intended);
    if (trace == null
        || request.headers().stream().anyMatch(header -> header.name().equalsIgnoreCase(TRACE))) {
      return request;
    }
    List<HttpHeader> headers = new ArrayList<>(request.headers());
    HttpHeader added = new HttpHeader(TRACE, trace.traceparent());
    headers.add(added);
    boolean fits =
        headers.size() <= HttpEffect.MAX_HEADERS
            && headers.stream().mapToInt(HttpHeader::sizeBytes).sum()
                <= HttpEffect.MAX_HEADER_BYTES;
    return fits
        ? new HttpEffect(
            request.method(), request.url(), headers, request.body(), request.timeoutMs())
        : request;
  }

  /** The record of the end of the effect that was intended at {@code offset}. */
  static EffectDone done(long offset, EffectResult result) {
    EffectDone.Builder done =
        EffectDone.newBuilder()
            .setOffset(offset)
            .setEnd(end(result.end()))
            .setAttempts(result.attempts());
    switch (result.outcome()) {
      case Responded responded -> done.setStatus(responded.status());
      case Failed failed -> done.setFailure(failed.kind().name());
    }
    return done.build();
  }

  /** The whole result, for a dead letter. */
  static EffectAnswer answer(EffectResult result) {
    EffectAnswer.Builder answer =
        EffectAnswer.newBuilder().setEnd(end(result.end())).setAttempts(result.attempts());
    switch (result.outcome()) {
      case Responded responded -> {
        answer
            .setStatus(responded.status())
            .setBody(responded.body())
            .setBodyTruncated(responded.bodyTruncated());
        responded.headers().forEach(header -> answer.addHeaders(header(header)));
      }
      case Failed failed -> answer.setFailure(failed.kind().name()).setFailureText(failed.text());
    }
    return answer.build();
  }

  /** The result of a dead letter. */
  static EffectResult result(String id, EffectAnswer answer) {
    EffectOutcome outcome =
        answer.getFailure().isEmpty()
            ? new Responded(
                answer.getStatus(),
                headers(answer.getHeadersList()),
                answer.getBody(),
                answer.getBodyTruncated())
            : new Failed(Kind.valueOf(answer.getFailure()), answer.getFailureText());
    return new EffectResult(id, answer.getAttempts(), end(answer.getEnd()), outcome);
  }

  /**
   * What comes back with a result.
   *
   * @throws Failure UNIMPLEMENTED if this build has no such handler or one of another type,
   *     INTERNAL if it cannot be read: it was written by another release
   */
  static Message correlation(ServiceModel model, String handler, String type, ByteString bytes) {
    Message prototype = model.correlationOf(handler);
    if (prototype == null || !prototype.getDescriptorForType().getFullName().equals(type)) {
      throw Failure.of(
          Code.UNIMPLEMENTED,
          "service '%s' has no handler of results named '%s' that takes a %s"
              .formatted(model.name(), handler, type));
    }
    try {
      return prototype.getParserForType().parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw Failure.of(Code.INTERNAL, "the correlation cannot be read as a " + type);
    }
  }

  private static EffectEnd end(EffectResult.End end) {
    return switch (end) {
      case SUCCEEDED -> EffectEnd.SUCCEEDED;
      case REFUSED -> EffectEnd.REFUSED;
      case ATTEMPTS_USED_UP -> EffectEnd.ATTEMPTS_USED_UP;
      case EXPIRED -> EffectEnd.EXPIRED;
    };
  }

  private static EffectResult.End end(EffectEnd end) {
    return switch (end) {
      case SUCCEEDED -> EffectResult.End.SUCCEEDED;
      case ATTEMPTS_USED_UP -> EffectResult.End.ATTEMPTS_USED_UP;
      case EXPIRED -> EffectResult.End.EXPIRED;
      case REFUSED, EFFECT_END_UNSPECIFIED, UNRECOGNIZED -> EffectResult.End.REFUSED;
    };
  }

  private static EffectHeader header(HttpHeader header) {
    return EffectHeader.newBuilder().setName(header.name()).setValue(header.value()).build();
  }

  private static List<HttpHeader> headers(List<EffectHeader> headers) {
    return headers.stream().map(each -> new HttpHeader(each.getName(), each.getValue())).toList();
  }
}
