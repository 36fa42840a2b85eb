package io.thalweg.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the file of {@code thalweg up --config}: Java properties, {@code key = value} lines. */
final class UpConfigFile {
  private static final int MAX_BYTES = 1 << 20;

  /** Every key, with its meaning. */
  static final Map<String, String> KEYS =
      Map.ofEntries(
          Map.entry("port", "TCP port; 0 picks a free one"),
          Map.entry("bind", "address to listen on"),
          Map.entry("data", "data directory"),
          Map.entry("partitions", "partitions of each service in a new data directory"),
          Map.entry("table-memory-mib", "memory for tables, MiB"),
          Map.entry("request-names", "names of requests that a partition remembers"),
          Map.entry("request-names-age", "and how long, such as 24h"),
          Map.entry("insecure", "true: others may reach this node without authentication"),
          Map.entry("allowed-hosts", "names that a Host header may carry, with commas between"),
          Map.entry("effect-networks", "address blocks that services may call, not only public"),
          Map.entry("effect-hosts", "names that services may call wherever they lead"),
          Map.entry("effect-ports", "ports that services may call beside 80, 443, 1024 and more"),
          Map.entry("signing-keys", "file of the keys that calls are signed with"),
          Map.entry("keep-log-age", "events younger than this are kept, such as 30d"),
          Map.entry("keep-log-size", "so much of the newest log is kept, such as 20GiB"),
          Map.entry("credentials", "true: callers must prove who they are"),
          Map.entry("tls-cert", "certificate chain, PEM"),
          Map.entry("tls-key", "its key, PEM"),
          Map.entry("tls-client-ca", "clients need a certificate that leads to one of these, PEM"),
          Map.entry("tls-client-wanted", "true: clients without a certificate are let in as well"),
          Map.entry("jwt-issuer", "whose signed tokens are taken"),
          Map.entry("jwt-audience", "what such a token must be meant for"),
          Map.entry("jwt-keys", "the issuer's key set, a file or a URL"),
          Map.entry("limit-requests", "requests a second of a project, and of an address"),
          Map.entry("limit-bytes", "bytes a second of a project's requests"),
          Map.entry("limit-connections", "connections of an address"),
          Map.entry("limit-watchers", "watchers of a project"),
          Map.entry("cors-origins", "origins whose pages may ask, with commas between"),
          Map.entry("blobs", "directory or s3://BUCKET/PREFIX where checkpoints are shared"),
          Map.entry("checkpoint-every", "how often a checkpoint is put there, such as 10m"),
          Map.entry("quotas", "NAME=N of what a project may have, with commas between"),
          Map.entry("resp-port", "TCP port for the protocol of Redis; 0 picks a free one"),
          Map.entry("faktory-port", "TCP port for the Faktory work protocol; 0 picks a free one"),
          Map.entry("xmpp-port", "TCP port for XMPP; 0 picks a free one"),
          Map.entry("otlp-endpoint", "URL of a receiver of traces, OTLP over HTTP"),
          Map.entry("log-format", "text or json"),
          Map.entry("kafka", "brokers that hold the log, with commas between"),
          Map.entry("cluster", "name of the Thalweg cluster there"),
          Map.entry("kafka-properties", "file of properties of Kafka's clients"),
          Map.entry("kafka-dev", "true: topics with one replica will do"),
          Map.entry("node-id", "name of this node in a cluster of several"),
          Map.entry("advertise", "HOST:PORT where other nodes reach it"),
          Map.entry("node-cert", "certificate chain for other nodes, PEM"),
          Map.entry("node-key", "its key, PEM"),
          Map.entry("node-trust", "authorities of the certificates of nodes, PEM"),
          Map.entry(
              "hold-levels", "SERVICE=N beyond which the cluster is not raised, with commas"));

  private final Path file;
  private final Properties values;

  private UpConfigFile(Path file, Properties values) {
    this.file = file;
    this.values = values;
  }

  /**
   * Reads a file.
   *
   * @throws BadOption naming the file, the key and what it may be
   */
  static UpOptions read(Path file) throws IOException {
    if (Files.isRegularFile(file) && Files.size(file) > MAX_BYTES) {
      throw new BadOption("%s is longer than %d bytes".formatted(file, MAX_BYTES));
    }
    Properties values = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      values.load(reader);
    } catch (CharacterCodingException e) {
      throw new BadOption(file + " is not UTF-8", e);
    } catch (IllegalArgumentException e) {
      throw new BadOption(file + ": " + e.getMessage(), e);
    }
    return new UpConfigFile(file, values).options();
  }

  private UpOptions options() {
    for (String key : values.stringPropertyNames()) {
      if (!KEYS.containsKey(key)) {
        throw new BadOption(
            "%s: unknown key '%s'; the keys are %s"
                .formatted(file, key, String.join(", ", new TreeSet<>(KEYS.keySet()))));
      }
    }
    UpOptions d = UpOptions.DEFAULTS;
    try {
      return new UpOptions(
          number("port", d.port()),
          text("bind", d.bind()),
          path("data", text("data", d.data().toString())),
          optionalNumber("partitions"),
          number("table-memory-mib", d.tableMemoryMib()),
          flag("insecure", d.insecure()),
          list("allowed-hosts"),
          effects(),
          d.keepLog().with(values.getProperty("keep-log-age"), values.getProperty("keep-log-size")),
          security(),
          optionalNumber("resp-port"),
          optionalNumber("faktory-port"),
          optionalNumber("xmpp-port"),
          d.telemetry().with(optionalText("otlp-endpoint"), optionalText("log-format")),
          new UpKafka(
              optionalText("kafka"),
              optionalText("cluster"),
              optionalPath("kafka-properties"),
              flag("kafka-dev", false),
              new UpMember(
                  optionalText("node-id"),
                  optionalText("advertise"),
                  optionalPath("node-cert"),
                  optionalPath("node-key"),
                  optionalPath("node-trust"),
                  UpMember.holdsOf(list("hold-levels")))),
          UpQuotas.of(list("quotas")),
          UpBlobs.NONE.with(optionalText("blobs"), optionalText("checkpoint-every")),
          d.names()
              .with(
                  optionalText("request-names-age"),
                  number("request-names", (int) d.names().most())));
    } catch (BadOption e) {
      throw new BadOption(file + ": " + e.getMessage(), e);
    }
  }

  private UpEffects effects() {
    String keys = text("signing-keys", "");
    return new UpEffects(
        List.copyOf(list("effect-networks")),
        list("effect-hosts"),
        ports("effect-ports", list("effect-ports")),
        keys.isEmpty() ? null : path("signing-keys", keys));
  }

  private UpSecurity security() {
    return new UpSecurity(
        flag("credentials", false),
        optionalPath("tls-cert"),
        optionalPath("tls-key"),
        optionalPath("tls-client-ca"),
        flag("tls-client-wanted", false),
        optionalText("jwt-issuer"),
        text("jwt-audience", UpSecurity.DEFAULT_AUDIENCE),
        optionalText("jwt-keys"),
        UpSecurity.limits(
            number("limit-requests", 0),
            number("limit-bytes", 0),
            number("limit-connections", 0),
            number("limit-watchers", 0)),
        list("cors-origins"));
  }

  private @Nullable String optionalText(String key) {
    String value = text(key, "");
    return value.isEmpty() ? null : value;
  }

  private @Nullable Path optionalPath(String key) {
    String value = optionalText(key);
    return value == null ? null : path(key, value);
  }

  /** Numbers of ports; {@code option} stands in an error. */
  static Set<Integer> ports(String option, Collection<String> texts) {
    try {
      return texts.stream().map(Integer::valueOf).collect(Collectors.toUnmodifiableSet());
    } catch (NumberFormatException e) {
      throw new BadOption(option + " must be whole numbers; got " + texts, e);
    }
  }

  private String text(String key, String otherwise) {
    String value = values.getProperty(key);
    return value == null ? otherwise : value.strip();
  }

  private int number(String key, int otherwise) {
    Integer value = optionalNumber(key);
    return value == null ? otherwise : value;
  }

  private @Nullable Integer optionalNumber(String key) {
    String value = values.getProperty(key);
    if (value == null) {
      return null;
    }
    try {
      return Integer.valueOf(value.strip());
    } catch (NumberFormatException e) {
      throw new BadOption(key + " must be a whole number; got '" + value + "'", e);
    }
  }

  private boolean flag(String key, boolean otherwise) {
    String value = values.getProperty(key);
    if (value == null) {
      return otherwise;
    }
    return switch (value.strip()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new BadOption(key + " must be true or false; got '" + value + "'");
    };
  }

  private Set<String> list(String key) {
    return Arrays.stream(text(key, "").split(","))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Path path(String key, String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new BadOption(key + " must be a path; got '" + value + "'", e);
    }
  }
}
