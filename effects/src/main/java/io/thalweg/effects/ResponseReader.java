package io.thalweg.effects;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.HttpHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads a response within its bounds. Called by one I/O thread at a time. A body over its bound
 * ends the exchange with {@link BodyCut}, so that the rest is never read.
 */
final class ResponseReader implements AsyncResponseConsumer<Responded> {
  /** Carries what was read of a response whose body is over its bound. */
  static final class BodyCut extends IOException {
    private static final long serialVersionUID = 1;

    final transient Responded response;

    BodyCut(Responded response) {
      super("the body is over its bound", null);
      this.response = response;
    }
  }

  private int status;
  private List<HttpHeader> headers = List.of();
  private ByteString.Output body = ByteString.newOutput();
  private @Nullable FutureCallback<Responded> result;
  private volatile boolean begun;

  /** Whether the head of the response has come. */
  boolean begun() {
    return begun;
  }

  @Override
  public void consumeResponse(
      HttpResponse response,
      @Nullable EntityDetails entity,
      HttpContext context,
      FutureCallback<Responded> callback)
      throws HttpException {
    status = response.getCode();
    if (status < 200 || status > 999) {
      throw new ProtocolException("not a status: " + status);
    }
    headers = kept(response.getHeaders());
    result = callback;
    begun = true;
    if (entity == null) {
      callback.completed(read(false));
    }
  }

  @Override
  public void informationResponse(HttpResponse response, HttpContext context) {
    // An interim response says nothing about the outcome.
  }

  @Override
  public void updateCapacity(CapacityChannel channel) throws IOException {
    channel.update(Integer.MAX_VALUE);
  }

  @Override
  public void consume(ByteBuffer source) throws IOException {
    int room = Responded.MAX_BODY_BYTES - body.size();
    byte[] bytes = new byte[Math.min(room, source.remaining())];
    source.get(bytes);
    body.write(bytes);
    if (source.hasRemaining()) {
      throw new BodyCut(read(true));
    }
  }

  @Override
  public void streamEnd(@Nullable List<? extends Header> trailers) {
    if (result != null) {
      result.completed(read(false));
    }
  }

  @Override
  public void failed(Exception cause) {
    // The future of the exchange carries it.
  }

  @Override
  public void releaseResources() {
    body = ByteString.newOutput();
  }

  private Responded read(boolean truncated) {
    return new Responded(status, headers, body.toByteString(), truncated);
  }

  /** Headers in their order, less those that do not fit. */
  private static List<HttpHeader> kept(Header[] all) {
    List<HttpHeader> kept = new ArrayList<>();
    int bytes = 0;
    for (Header header : all) {
      String value = header.getValue();
      HttpHeader one = new HttpHeader(header.getName(), value == null ? "" : value);
      if (kept.size() < Responded.MAX_HEADERS
          && bytes + one.sizeBytes() <= Responded.MAX_HEADER_BYTES) {
        kept.add(one);
        bytes += one.sizeBytes();
      }
    }
    return kept;
  }
}
