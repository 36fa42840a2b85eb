package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupCut;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.log.backup.KeyTags;
import io.thalweg.runtime.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;

/**
 * What a backup over HTTP reads.
 *
 * <ul>
 *   <li>{@code GET /v1/operations/backup}: the present cut, as JSON, see {@link BackupCut}.
 *   <li>{@code GET /v1/operations/backup/log?logId=ID&from=POSITION&length=BYTES}: bytes of the log
 *       from a position below a cut on. At least one and at most {@code length}, which is 1 to 8
 *       MiB; fewer where a segment ends.
 *   <li>{@code GET /v1/operations/backup/base}: what a backup begins with if the log does not begin
 *       at position 0, as JSON, see {@link BackupBase}.
 *   <li>{@code GET /v1/operations/backup/base/file?name=NAME&from=POSITION&length=BYTES}: bytes of
 *       one of its files, in the same bounds.
 *   <li>{@code GET /v1/operations/backup/keys}: which keys of what is sealed there are, as JSON,
 *       see {@link KeyTags}; nothing if there are none.
 *   <li>{@code GET /v1/operations/backup/keys/bucket?keysId=ID&bucket=NUMBER}: the keys of a
 *       bucket, in the clear.
 * </ul>
 *
 * <p>At most {@link #MAX_READS} requests at a time, so that memory is bounded.
 */
final class BackupEndpoints {
  static final int MAX_LENGTH_BYTES = 8 << 20;
  static final int MAX_READS = 4;
  private static final int MAX_BUCKET = 1023;

  private static final long RETRY_AFTER_MS = 1000;

  private final Backend backend;
  private final Operations operations;
  private final Semaphore reads = new Semaphore(MAX_READS);

  BackupEndpoints(Backend backend, Operations operations) {
    this.backend = backend;
    this.operations = operations;
  }

  Endpoint cut() {
    return (ctx, request, values) ->
        answer(
            ctx,
            () ->
                HttpResponse.of(
                    headers(MediaType.JSON_UTF_8),
                    HttpData.wrap(backend.backupSource().cut().toJson())));
  }

  Endpoint log() {
    return (ctx, request, values) -> answer(ctx, () -> read(ctx.queryParams()));
  }

  Endpoint keyTags() {
    return (ctx, request, values) ->
        answer(
            ctx,
            () -> {
              KeyTags tags = backend.backupSource().keyTags();
              byte[] json = tags == null ? new byte[0] : tags.toJson();
              return HttpResponse.of(headers(MediaType.JSON_UTF_8), HttpData.wrap(json));
            });
  }

  Endpoint keys() {
    return (ctx, request, values) -> answer(ctx, () -> readKeys(ctx.queryParams()));
  }

  private HttpResponse readKeys(QueryParams query) throws IOException {
    int bucket = (int) number(query, "bucket", 0, MAX_BUCKET);
    BackupSource source = backend.backupSource();
    KeyTags tags = source.keyTags();
    String keysId = query.get("keysId", "");
    if (tags == null || !tags.keysId().equals(keysId)) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "keysId must name this node's keys, %s; got '%s'"
              .formatted(
                  tags == null ? "of which there are none" : tags.keysId(), Failure.quote(keysId)));
    }
    return HttpResponse.of(
        headers(MediaType.OCTET_STREAM), HttpData.wrap(source.keys(tags, bucket)));
  }

  private HttpResponse read(QueryParams query) throws IOException {
    long from = number(query, "from", 0, Long.MAX_VALUE);
    int length = (int) number(query, "length", 1, MAX_LENGTH_BYTES);
    BackupSource source = backend.backupSource();
    BackupCut cut = source.cut();
    String logId = query.get("logId", "");
    if (!cut.log().logId().toString().equals(logId)) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "logId must name this node's log, "
              + cut.log().logId()
              + "; got '"
              + Failure.quote(logId)
              + "'");
    }
    long left = cut.log().position() - from;
    if (left <= 0) {
      throw Failure.of(
          Code.OUT_OF_RANGE,
          "from must be below the end of the log, " + cut.log().position() + "; got " + from);
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(length, left));
    int count = source.read(cut, from, bytes);
    return HttpResponse.of(headers(MediaType.OCTET_STREAM), HttpData.wrap(bytes.array(), 0, count));
  }

  Endpoint base() {
    return (ctx, request, values) ->
        answer(
            ctx,
            () ->
                HttpResponse.of(
                    headers(MediaType.JSON_UTF_8),
                    HttpData.wrap(backend.backupSource().base().toJson())));
  }

  Endpoint baseFile() {
    return (ctx, request, values) -> answer(ctx, () -> readBase(ctx.queryParams()));
  }

  private HttpResponse readBase(QueryParams query) throws IOException {
    String name = query.get("name", "");
    long from = number(query, "from", 0, Long.MAX_VALUE);
    int length = (int) number(query, "length", 1, MAX_LENGTH_BYTES);
    BackupBase.Item item;
    try {
      item = new BackupBase.Item(name, length, "");
    } catch (IllegalArgumentException e) {
      throw Failure.invalid(
          "name", "must be that of a file of a base; got '" + Failure.quote(name) + "'");
    }
    BackupSource source = backend.backupSource();
    ByteBuffer bytes = ByteBuffer.allocate(length);
    int count = source.readBase(item.name(), from, bytes);
    if (count <= 0) {
      throw Failure.of(Code.OUT_OF_RANGE, "from must be below the end of the file; got " + from);
    }
    return HttpResponse.of(headers(MediaType.OCTET_STREAM), HttpData.wrap(bytes.array(), 0, count));
  }

  private static ResponseHeaders headers(MediaType type) {
    return ResponseHeaders.builder(HttpStatus.OK)
        .contentType(type)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .build();
  }

  static long number(QueryParams query, String name, long min, long max) {
    String text = query.get(name);
    try {
      long value = Long.parseLong(String.valueOf(text));
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Failure.invalid(
        name,
        "must be a whole number from %d to %d; got %s"
            .formatted(min, max, text == null ? "nothing" : "'" + Failure.quote(text) + "'"));
  }

  private HttpResponse answer(ServiceRequestContext ctx, Callable<HttpResponse> work) {
    if (!reads.tryAcquire()) {
      return ErrorResponses.of(
          Failure.retryable(
              Code.RESOURCE_EXHAUSTED,
              "there are " + MAX_READS + " reads of a backup at a time; try again",
              RETRY_AFTER_MS));
    }
    // Given back when the bytes are sent or the client has gone: until then they are in memory.
    var _ = ctx.log().whenComplete().thenRun(reads::release);
    return operations.answer(ctx, work);
  }
}
