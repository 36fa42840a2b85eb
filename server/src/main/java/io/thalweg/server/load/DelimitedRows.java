package io.thalweg.server.load;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads comma- or tab-separated rows below a header line. A row with more or fewer values than the
 * header is refused: it is most often a sign of broken quoting, where every value is suspect.
 */
final class DelimitedRows implements RowReader {
  private static final CSVFormat COMMAS = CSVFormat.DEFAULT;
  private static final CSVFormat TABS =
      CSVFormat.DEFAULT.builder().setDelimiter('\t').setQuote(null).get();

  private final SourceFile file;
  private final RecordBound bound;
  private final CSVParser parser;
  private final Iterator<CSVRecord> records;
  private final Map<String, Integer> columns = new HashMap<>();
  private final List<String> header;
  private long number;

  /**
   * Reads the header.
   *
   * @param needed columns that the header must have
   * @throws BadInput if there is no header or it lacks a column
   */
  DelimitedRows(SourceFile file, Format format, Reader text, Collection<String> needed)
      throws BadInput, IOException {
    this.file = file;
    bound = new RecordBound(text);
    parser = (format == Format.TSV ? TABS : COMMAS).parse(bound);
    records = parser.iterator();
    CSVRecord first = record();
    if (first == null) {
      throw BadInput.inHeader(file.name() + " is empty: it has no header line");
    }
    header = List.copyOf(first.toList());
    for (int i = 0; i < header.size(); i++) {
      if (columns.put(header.get(i), i) != null && needed.contains(header.get(i))) {
        throw BadInput.inHeader(
            "%s has more than one column '%s'".formatted(file.name(), header.get(i)));
      }
    }
    for (String column : needed) {
      if (!columns.containsKey(column)) {
        throw BadInput.inHeader(
            "%s has no column '%s'; its columns are %s"
                .formatted(file.name(), column, String.join(", ", header)));
      }
    }
  }

  @Override
  public @Nullable Row next() throws BadInput, IOException {
    CSVRecord row = record();
    if (row == null) {
      return null;
    }
    if (row.size() != header.size()) {
      throw new BadInput(
          "%s: the row has %d values, the header has %d columns"
              .formatted(file.at(lineOf(row)), row.size(), header.size()));
    }
    return new Row(
        ++number,
        lineOf(row),
        column -> {
          Integer at = columns.get(column);
          return at == null ? null : row.get(at);
        });
  }

  private @Nullable CSVRecord record() throws BadInput, IOException {
    bound.nextRecord();
    try {
      return records.hasNext() ? records.next() : null;
    } catch (UncheckedIOException e) {
      throw broken(e);
    } catch (IllegalStateException e) {
      throw broken(e);
    }
  }

  private BadInput broken(Throwable cause) throws BadInput, IOException {
    IOException io = null;
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof IOException e) {
        io = e;
      }
    }
    String where = file.at(parser.getCurrentLineNumber() + 1);
    if (io != null) {
      file.rethrowUnreadable(io, where);
    }
    return new BadInput(
        where + ": not a row of this format: " + (io == null ? cause : io).getMessage());
  }

  /** The parser stands behind the row, which may itself have line breaks. */
  private long lineOf(CSVRecord row) {
    long breaks = 0;
    for (String value : row) {
      breaks += value.chars().filter(c -> c == '\n').count();
    }
    return parser.getCurrentLineNumber() - breaks;
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
