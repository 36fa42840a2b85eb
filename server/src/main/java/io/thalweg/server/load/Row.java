package io.thalweg.server.load;

import org.jspecify.annotations.Nullable;

/**
 * One data row of a source.
 *
 * @param number from 1, counting data rows only: no header, no blank lines
 * @param line the line of the file on which it begins, from 1
 * @param values gives the text of a column by its name
 */
record Row(long number, long line, Values values) {

  /** The text of a column; null if this row does not have it. */
  @Nullable String get(String column) {
    return values.get(column);
  }

  /** Columns by name. */
  @FunctionalInterface
  interface Values {
    @Nullable String get(String column);
  }
}
