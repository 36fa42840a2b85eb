package io.thalweg.rules.sources;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Java is formatted by google-java-format. {@code mvn -pl rules/sources test -Dformat=write}
 * formats what is not. A test and not a plugin, because it has to run on the JDK whose syntax it
 * reads.
 */
class FormatTest {
  @Test
  void everyJavaFileIsFormatted() throws IOException, FormatterException {
    boolean write = "write".equals(System.getProperty("format"));
    Formatter formatter = new Formatter();
    List<Path> unformatted = new ArrayList<>();
    for (Path file : SourceTree.files(".java")) {
      String source = SourceTree.read(file);
      String formatted = formatter.formatSourceAndFixImports(source);
      if (!formatted.equals(source)) {
        if (write) {
          Files.writeString(file, formatted);
        } else {
          unformatted.add(SourceTree.root().relativize(file));
        }
      }
    }
    assertThat(unformatted)
        .as("not formatted; run: mvn -pl rules/sources test -Dformat=write")
        .isEmpty();
  }
}
