package io.thalweg.server;

import io.thalweg.effects.EffectOptions;
import io.thalweg.effects.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys that calls are signed with, from a file or an environment variable.
 *
 * <p>A line of the file is one or two keys, {@code whsec_...}, for every host, or the name of a
 * host and the keys for it; a line with {@code #} says something for people. The variable is one or
 * two keys for every host. No error repeats a key.
 */
final class SigningKeys {
  /** Environment variable that is read if no file is named. */
  static final String VARIABLE = "THALWEG_SIGNING_KEYS";

  private static final String KEY_PREFIX = "whsec_";
  private static final int MAX_BYTES = 16 << 20;

  private final List<SigningKey> everyHost = new ArrayList<>();
  private final Map<String, List<SigningKey>> someHosts = new HashMap<>();

  private SigningKeys() {}

  /**
   * Reads a file.
   *
   * @throws CommandFailed naming file and line
   */
  static SigningKeys read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new CommandFailed(
          "signing-keys: %s is longer than %d bytes".formatted(file, MAX_BYTES));
    }
    SigningKeys keys = new SigningKeys();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (!line.isBlank() && !line.strip().startsWith("#")) {
        keys.add("signing-keys: %s, line %d".formatted(file, number), line);
      }
    }
    return keys;
  }

  /**
   * Reads the variable.
   *
   * @throws CommandFailed naming it
   */
  static SigningKeys parse(String variable) {
    SigningKeys keys = new SigningKeys();
    if (!variable.isBlank()) {
      if (!variable.strip().startsWith(KEY_PREFIX)) {
        throw new CommandFailed(VARIABLE + " must begin with " + KEY_PREFIX);
      }
      keys.add(VARIABLE, variable);
    }
    return keys;
  }

  private void add(String where, String line) {
    List<String> words = Arrays.asList(line.strip().split("[\\s,]+", -1));
    boolean isForAll = words.getFirst().startsWith(KEY_PREFIX);
    try {
      List<SigningKey> keys = words.stream().skip(isForAll ? 0 : 1).map(SigningKey::parse).toList();
      if (isForAll) {
        everyHost.addAll(keys);
      } else if (someHosts.put(words.getFirst(), keys) != null) {
        throw new CommandFailed(where + ": a host stands here for the second time");
      }
      // The bounds of number, and the form of a host's name.
      EffectOptions.defaults()
          .withSigningKeys(everyHost, isForAll ? Map.of() : Map.of(words.getFirst(), keys));
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(where + ": " + e.getMessage(), e);
    }
  }

  /** The options with these keys. */
  EffectOptions sign(EffectOptions options) {
    return options.withSigningKeys(everyHost, someHosts);
  }
}
