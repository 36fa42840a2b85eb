package io.thalweg.log.backup;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The keys of what is sealed in a log, as a backup meets them: in buckets, of which each has a tag
 * that is another one after every change.
 *
 * @param keysId identity of the set of keys
 * @param tags by bucket; a bucket that is there once stays
 */
public record KeyTags(String keysId, SortedMap<Integer, Long> tags) {
  public KeyTags {
    tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
  }

  /** As JSON: what {@code GET /v1/operations/backup/keys} answers of a node that has keys. */
  public byte[] toJson() {
    return Json.write(out -> {
      out.writeStartObject();
      writeFields(out);
      out.writeEndObject();
    });
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @param where it comes from, for the message
   * @throws BackupException if it is something else
   */
  public static KeyTags fromJson(byte[] json, String where) {
    return read(Json.read(json, where));
  }

  void writeFields(JsonGenerator out) throws IOException {
    out.writeStringField("keysId", keysId);
    out.writeObjectFieldStart("tags");
    for (var each : tags.entrySet()) {
      out.writeStringField(each.getKey().toString(), Long.toHexString(each.getValue()));
    }
    out.writeEndObject();
  }

  static KeyTags read(Json in) {
    SortedMap<Integer, Long> tags = new TreeMap<>();
    Json all = in.object("tags");
    try {
      for (String bucket : all.names()) {
        tags.put(Integer.parseUnsignedInt(bucket), Long.parseUnsignedLong(all.text(bucket), 16));
      }
    } catch (NumberFormatException e) {
      throw all.bad("a bucket and its tag must be numbers: " + e.getMessage());
    }
    return new KeyTags(in.text("keysId"), tags);
  }
}
