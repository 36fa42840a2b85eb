package io.thalweg.server.load;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A file of rows, plain or gzip (told by its content). It is opened more than once, so it must be a
 * regular file.
 */
final class SourceFile {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  private final Path path;
  private final Format format;
  private volatile long readBytes;

  SourceFile(Path path, Format format) {
    this.path = path;
    this.format = format;
  }

  /** As a message names it. */
  String name() {
    return path.toString();
  }

  /** A line of it, as a message names it. */
  String at(long line) {
    return path + ", line " + line;
  }

  Format format() {
    return format;
  }

  long sizeBytes() throws IOException {
    return Files.size(path);
  }

  /** How much of the file, as it lies on disk, the stream opened last has read. */
  long readBytes() {
    return readBytes;
  }

  /** Its bytes, unpacked. */
  InputStream open() throws IOException {
    InputStream in = new BufferedInputStream(new Counted(Files.newInputStream(path)), BUFFER_BYTES);
    try {
      in.mark(2);
      boolean gzip = in.read() == 0x1F && in.read() == 0x8B;
      in.reset();
      return gzip ? new GZIPInputStream(in, BUFFER_BYTES) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /**
   * Its rows.
   *
   * @param needed the columns that will be asked for
   */
  RowReader rows(Collection<String> needed) throws BadInput, IOException {
    Reader text =
        new BufferedReader(
            new InputStreamReader(
                open(),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)));
    try {
      text.mark(1);
      if (text.read() != BYTE_ORDER_MARK) {
        text.reset();
      }
      return switch (format) {
        case CSV, TSV -> new DelimitedRows(this, format, text, needed);
        case JSONL -> new JsonRows(this, text, needed);
      };
    } catch (BadInput e) {
      text.close();
      throw e;
    } catch (IOException e) {
      text.close();
      rethrowUnreadable(e, at(1));
      throw new BadInput(at(1) + ": " + e.getMessage());
    }
  }

  /**
   * Tells what is wrong with the content from what is wrong with the disk.
   *
   * @param where where reading stands, for the message
   * @throws BadInput if the content is at fault
   * @throws IOException otherwise, if it comes from below the row format
   */
  void rethrowUnreadable(IOException e, String where) throws BadInput, IOException {
    switch (e) {
      case CharacterCodingException _ -> throw new BadInput(where + " or soon after: not UTF-8");
      case EOFException _ -> throw new BadInput(where + ": the gzip data is cut off");
      case ZipException _ -> throw new BadInput(where + ": broken gzip data: " + e.getMessage());
      case RecordBound.TooLong _ -> throw new BadInput(where + ": " + e.getMessage());
      case FileSystemException _ -> throw e;
      default -> {}
    }
  }

  private final class Counted extends FilterInputStream {
    Counted(InputStream in) {
      super(in);
      readBytes = 0;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      add(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = super.read(buffer, offset, length);
      add(Math.max(read, 0));
      return read;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one reader; others only look at it
    private void add(int bytes) {
      readBytes += bytes;
    }
  }
}
