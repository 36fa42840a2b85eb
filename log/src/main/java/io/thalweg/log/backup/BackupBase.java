package io.thalweg.log.backup;

import com.fasterxml.jackson.core.JsonGenerator;
import io.thalweg.log.LogBeginning;
import io.thalweg.log.LogCorruptException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a backup begins with where the log does not begin at position 0: where it begins, and files
 * that hold what was made from the part that was removed, such as a checkpoint of the rows.
 *
 * @param beginning where the log begins
 * @param earliestUs the earliest log time that can be restored to, microseconds since 1970
 * @param files what else belongs to it, under names of its own; may be empty
 */
public record BackupBase(LogBeginning beginning, long earliestUs, List<Item> files) {
  private static final Pattern NAME =
      Pattern.compile("[a-z]{1,32}/\\d{10}/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");
  private static final int MAX_FILES = 100_000;

  /**
   * A file.
   *
   * @param name {@code FOLDER/NUMBER/FILE}, such as {@code checkpoints/0000000007/manifest}
   * @param bytes length
   * @param sha256 hexadecimal; empty if it was not read yet
   */
  public record Item(String name, long bytes, String sha256) {
    public Item {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException("'" + name + "' is no name of a file of a base");
      }
    }
  }

  public BackupBase {
    files = List.copyOf(files);
    if (files.size() > MAX_FILES) {
      throw new IllegalArgumentException("a base has at most " + MAX_FILES + " files");
    }
  }

  /** The position at which the log begins. */
  public long position() {
    return beginning.position();
  }

  /** As JSON: what {@code GET /v1/operations/backup/base} answers. */
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
  public static BackupBase fromJson(byte[] json, String where) {
    return read(Json.read(json, where));
  }

  void writeFields(JsonGenerator out) throws IOException {
    out.writeNumberField("position", position());
    out.writeNumberField("earliestUs", earliestUs);
    out.writeStringField("earliest", Times.text(earliestUs));
    out.writeStringField("logStart", Base64.getEncoder().encodeToString(beginning.encode()));
    out.writeArrayFieldStart("files");
    for (Item file : files) {
      out.writeStartObject();
      out.writeStringField("name", file.name());
      out.writeNumberField("bytes", file.bytes());
      out.writeStringField("sha256", file.sha256());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  static BackupBase read(Json in) {
    List<Item> files = new ArrayList<>();
    try {
      for (Json file : in.objects("files")) {
        files.add(new Item(file.text("name"), file.number("bytes"), file.text("sha256")));
      }
      LogBeginning beginning = LogBeginning.decode(Base64.getDecoder().decode(in.text("logStart")));
      if (beginning.position() != in.number("position")) {
        throw in.bad("'logStart' begins at position " + beginning.position());
      }
      return new BackupBase(beginning, in.number("earliestUs"), files);
    } catch (IllegalArgumentException | LogCorruptException e) {
      throw in.bad(String.valueOf(e.getMessage()));
    }
  }
}
