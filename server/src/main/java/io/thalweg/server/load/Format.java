package io.thalweg.server.load;

import java.util.Locale;
import java.util.Optional;

/** How the rows of a source are written. */
enum Format {
  /** Comma-separated with a header line, quoted as in RFC 4180. */
  CSV,
  /** Tab-separated with a header line, nothing is quoted. */
  TSV,
  /** One JSON object a line. */
  JSONL;

  /** By the name of a file; {@code .gz} at its end is passed over. */
  static Optional<Format> ofName(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    if (name.endsWith(".gz")) {
      name = name.substring(0, name.length() - 3);
    }
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "csv" -> Optional.of(CSV);
      case "tsv", "tab" -> Optional.of(TSV);
      case "jsonl", "ndjson" -> Optional.of(JSONL);
      default -> Optional.empty();
    };
  }
}
