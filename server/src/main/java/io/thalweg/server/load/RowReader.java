package io.thalweg.server.load;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads a source row by row. Used by one thread. */
interface RowReader extends AutoCloseable {

  /**
   * The next row, valid until the next call; null at the end.
   *
   * @throws BadInput if what follows is no row of this format; the reader is of no more use then
   * @throws IOException if the file cannot be read
   */
  @Nullable Row next() throws BadInput, IOException;

  @Override
  void close() throws IOException;
}
