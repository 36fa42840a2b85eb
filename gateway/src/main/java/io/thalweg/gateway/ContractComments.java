package io.thalweg.gateway;

import com.google.protobuf.Descriptors.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a contract says of its methods, messages and fields: the comment lines before each. They are
 * read from the {@code .proto} file, which travels in the jar beside its classes; descriptors hold
 * none. Reads the form in which contracts are written, one declaration a line and {@code //}
 * comments above it; what is written otherwise has no comment.
 */
final class ContractComments {
  private static final Pattern BLOCK =
      Pattern.compile("^(service|message|enum|oneof)\\s+(\\w+)\\s*\\{.*");
  private static final Pattern METHOD = Pattern.compile("^rpc\\s+(\\w+)\\s*\\(.*");
  private static final Pattern FIELD =
      Pattern.compile("^(?:repeated |optional )?(?:[\\w.]+|map<[^>]*>)\\s+(\\w+)\\s*=\\s*\\d+.*");
  private static final Pattern VALUE = Pattern.compile("^(\\w+)\\s*=\\s*-?\\d+.*");

  private final Map<String, String> byName = new HashMap<>();

  /** A block that is open, by its full name; a oneof adds nothing to the names within it. */
  private record Block(String fullName) {}

  /** Of a file; empty if the file is not on the class path. */
  static ContractComments of(FileDescriptor file) {
    ContractComments comments = new ContractComments();
    try (InputStream in = ContractComments.class.getResourceAsStream("/" + file.getName())) {
      if (in != null) {
        comments.read(file.getPackage(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return comments;
  }

  /** The comment of a method, message, field, enum or value; empty if there is none. */
  String of(String fullName) {
    return byName.getOrDefault(fullName, "");
  }

  private void read(String packageName, String source) {
    Deque<Block> open = new ArrayDeque<>();
    open.push(new Block(packageName));
    StringBuilder comment = new StringBuilder();
    int depth = 0;
    Deque<Integer> depths = new ArrayDeque<>();
    for (String raw : source.lines().toList()) {
      String line = raw.strip();
      if (line.startsWith("//")) {
        String text = line.substring(2).strip();
        comment.append(comment.isEmpty() ? "" : "\n").append(text);
        continue;
      }
      String name = declared(line);
      String within = open.element().fullName;
      if (!name.isEmpty()) {
        String fullName = within + "." + name;
        if (!comment.isEmpty()) {
          byName.put(fullName, comment.toString());
        }
        if (BLOCK.matcher(line).matches()) {
          open.push(new Block(line.startsWith("oneof") ? within : fullName));
          depths.push(depth);
        }
      }
      if (!line.isEmpty()) {
        comment.setLength(0);
      }
      depth += count(line, '{') - count(line, '}');
      while (!depths.isEmpty() && depth <= depths.element()) {
        depths.pop();
        open.pop();
      }
    }
  }

  private static String declared(String line) {
    for (Pattern pattern : new Pattern[] {METHOD, FIELD, VALUE}) {
      Matcher matcher = pattern.matcher(line);
      if (matcher.matches()) {
        return matcher.group(1);
      }
    }
    Matcher block = BLOCK.matcher(line);
    return block.matches() ? block.group(2) : "";
  }

  private static int count(String line, char c) {
    return (int) line.chars().filter(each -> each == c).count();
  }
}
