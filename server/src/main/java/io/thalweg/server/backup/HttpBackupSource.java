package io.thalweg.server.backup;

import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupCut;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.log.backup.KeyTags;
import io.thalweg.server.CommandFailed;
import io.thalweg.server.load.RetryingHttp;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A running node, over HTTP. A node that is away or busy is waited for. */
final class HttpBackupSource implements BackupSource {
  private final RetryingHttp http;
  private final URI url;

  HttpBackupSource(RetryingHttp http, URI url) {
    this.http = http;
    this.url = url;
  }

  @Override
  public BackupCut cut() throws InterruptedIOException {
    URI address = url.resolve("/v1/operations/backup");
    return BackupCut.fromJson(fetch(address), "the answer of " + address);
  }

  @Override
  public int read(BackupCut cut, long position, ByteBuffer into) throws InterruptedIOException {
    byte[] bytes =
        fetch(
            url.resolve(
                "/v1/operations/backup/log?logId=%s&from=%d&length=%d"
                    .formatted(cut.log().logId(), position, into.remaining())));
    return take(bytes, into);
  }

  private int take(byte[] bytes, ByteBuffer into) {
    if (bytes.length == 0 || bytes.length > into.remaining()) {
      throw new CommandFailed(
          "%s gave %d bytes where 1 to %d were asked for"
              .formatted(url, bytes.length, into.remaining()));
    }
    into.put(bytes);
    return bytes.length;
  }

  @Override
  public BackupBase base() throws InterruptedIOException {
    URI address = url.resolve("/v1/operations/backup/base");
    return BackupBase.fromJson(fetch(address), "the answer of " + address);
  }

  @Override
  public int readBase(String file, long position, ByteBuffer into) throws InterruptedIOException {
    return take(
        fetch(
            url.resolve(
                "/v1/operations/backup/base/file?name=%s&from=%d&length=%d"
                    .formatted(file, position, into.remaining()))),
        into);
  }

  @Override
  public void hold(String name, String note, UUID logId, long position)
      throws InterruptedIOException {
    String query =
        "?logId=%s&position=%d&note=%s"
            .formatted(logId, position, URLEncoder.encode(note, StandardCharsets.UTF_8));
    fetch(HttpRequest.newBuilder(reader(name, query)).PUT(BodyPublishers.noBody()).build());
  }

  @Override
  public void release(String name) throws InterruptedIOException {
    fetch(HttpRequest.newBuilder(reader(name, "")).DELETE().build());
  }

  private URI reader(String name, String query) {
    return url.resolve("/v1/operations/logReaders/" + name + query);
  }

  @Override
  public @Nullable KeyTags keyTags() throws InterruptedIOException {
    URI address = url.resolve("/v1/operations/backup/keys");
    byte[] answer = fetch(address);
    return answer.length == 0 ? null : KeyTags.fromJson(answer, "the answer of " + address);
  }

  @Override
  public byte[] keys(KeyTags of, int bucket) throws InterruptedIOException {
    return fetch(
        url.resolve(
            "/v1/operations/backup/keys/bucket?keysId=%s&bucket=%d"
                .formatted(of.keysId(), bucket)));
  }

  private byte[] fetch(URI address) throws InterruptedIOException {
    return fetch(HttpRequest.newBuilder(address).build());
  }

  private byte[] fetch(HttpRequest request) throws InterruptedIOException {
    try {
      return http.fetch(request);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }
}
