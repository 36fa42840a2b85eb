package io.thalweg.server;

import io.thalweg.blob.BlobStore;
import io.thalweg.blob.DirectoryBlobs;
import io.thalweg.s3.S3Blobs;
import io.thalweg.s3.S3Options;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The blob store that nodes share.
 *
 * @param where a directory, or {@code s3://BUCKET/PREFIX?endpoint=URL&region=NAME}; null: none
 * @param every how often the node puts a checkpoint of each partition that it leads there
 * @throws BadOption naming the option and its bound
 */
record UpBlobs(@Nullable String where, Duration every) {
  private static final String S3 = "s3://";
  private static final Set<String> SETTINGS = Set.of("endpoint", "region");

  static final UpBlobs NONE = new UpBlobs(null, Duration.ofMinutes(10));

  UpBlobs {
    if (every.toDays() > 1) {
      throw new BadOption("checkpoint-every must be from 1m to 1d; got " + every);
    }
    if (where != null && where.startsWith(S3)) {
      s3(where);
    } else if (where != null && where.isBlank()) {
      throw new BadOption("blobs must be a directory, or s3://BUCKET/PREFIX; it is empty");
    }
  }

  /** One option or both over these. */
  UpBlobs with(@Nullable String newWhere, @Nullable String newEvery) {
    return new UpBlobs(
        newWhere == null ? where : newWhere,
        newEvery == null ? every : KeepLog.age("checkpoint-every", newEvery));
  }

  /**
   * Opens the store; null if there is none.
   *
   * @throws CommandFailed if it cannot be used
   */
  @Nullable BlobStore open() {
    if (where == null) {
      return null;
    }
    try {
      return where.startsWith(S3) ? S3Blobs.open(s3(where)) : DirectoryBlobs.open(Path.of(where));
    } catch (IOException e) {
      throw new CommandFailed("blobs: " + where + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static S3Options s3(String where) {
    int query = where.indexOf('?');
    String path = where.substring(S3.length(), query < 0 ? where.length() : query);
    int slash = path.indexOf('/');
    String bucket = slash < 0 ? path : path.substring(0, slash);
    String prefix = slash < 0 ? "" : path.substring(slash + 1);
    Map<String, String> settings = query < 0 ? Map.of() : settings(where.substring(query + 1));
    String endpoint = settings.get("endpoint");
    String region = settings.getOrDefault("region", "us-east-1");
    try {
      return S3Options.of(endpoint == null ? null : URI.create(endpoint), region, bucket)
          .withKeyPrefix(prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/");
    } catch (IllegalArgumentException e) {
      throw new BadOption("blobs: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> settings(String query) {
    Map<String, String> settings = new HashMap<>();
    for (String each : query.split("&", -1)) {
      int equals = each.indexOf('=');
      String name = equals < 0 ? each : each.substring(0, equals);
      if (equals < 0 || !SETTINGS.contains(name)) {
        throw new BadOption(
            "blobs: behind the ? are %s, as NAME=VALUE with & between; got '%s'"
                .formatted(new TreeSet<>(SETTINGS), each));
      }
      settings.put(name, URLDecoder.decode(each.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return settings;
  }
}
