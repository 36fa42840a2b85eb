package io.thalweg.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The servers of XMPP that are measured, each in a process of its own on core 0, with the archive
 * on, everything that it keeps in a folder, and users who are there already.
 */
enum XmppServer {
  THALWEG(
      "Thalweg", "its log is forced to the disk before a message is delivered or acknowledged") {
    @Override
    void prepare(Path folder, int port, int users) {}

    @Override
    List<String> command(Path folder, int port, String thalweg) {
      return List.of(
          thalweg,
          "up",
          "--port",
          "0",
          "--xmpp-port",
          Integer.toString(port),
          "--data",
          folder.resolve("data").toString());
    }
  },

  EJABBERD(
      "ejabberd, Mnesia",
      "mod_mam in Mnesia: written to its log and table files by and by, forced for no message") {
    @Override
    void prepare(Path folder, int port, int users) throws IOException {
      ejabberd(folder, port, "mnesia", "");
    }

    @Override
    List<String> command(Path folder, int port, String thalweg) throws IOException {
      return erlang(folder);
    }
  },

  EJABBERD_SQLITE(
      "ejabberd, SQLite",
      "mod_mam in SQLite as ejabberd opens it (journal and synchronous=FULL, SQLite's default):"
          + " forced for each message; delivered without waiting for that") {
    @Override
    void prepare(Path folder, int port, int users) throws IOException {
      Path file = folder.resolve("archive.sqlite");
      ejabberd(folder, port, "sql", "sql_type: sqlite\nsql_database: \"" + file + "\"\n");
      Path schema = erlangLibrary("ejabberd-").resolve("priv/sql/lite.sql");
      run(folder, List.of("sqlite3", file.toString(), ".read " + schema));
    }

    @Override
    List<String> command(Path folder, int port, String thalweg) throws IOException {
      return erlang(folder);
    }
  },

  PROSODY(
      "Prosody, files",
      "mod_mam in its internal storage: appended to files, forced for no message") {
    @Override
    void prepare(Path folder, int port, int users) throws IOException {
      prosody(folder, port, users, "storage = \"internal\"\n");
    }

    @Override
    List<String> command(Path folder, int port, String thalweg) {
      return prosodyCommand(folder);
    }
  },

  PROSODY_SQLITE(
      "Prosody, SQLite",
      "mod_mam in SQLite with sqlite_tune=\"safe\" (journal and synchronous=FULL): forced for each"
          + " message, before it is delivered") {
    @Override
    void prepare(Path folder, int port, int users) throws IOException {
      prosody(
          folder,
          port,
          users,
          "storage = { archive = \"sql\" }\n"
              + "default_storage = \"internal\"\n"
              + "sqlite_tune = \"safe\"\n"
              + "sql = { driver = \"SQLite3\", database = \""
              + folder.resolve("archive.sqlite")
              + "\" }\n");
    }

    @Override
    List<String> command(Path folder, int port, String thalweg) {
      return prosodyCommand(folder);
    }
  };

  private final String title;
  private final String sync;

  XmppServer(String title, String sync) {
    this.title = title;
    this.sync = sync;
  }

  /** As it is shown. */
  String title() {
    return title;
  }

  /** What it is configured to do before it says that it has a message. */
  String sync() {
    return sync;
  }

  /** By its name in small letters, such as {@code ejabberd-sqlite}. */
  static XmppServer of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** Writes what it is configured by. */
  abstract void prepare(Path folder, int port, int users) throws IOException;

  abstract List<String> command(Path folder, int port, String thalweg) throws IOException;

  /** Whether users are made by the server's own registration before they come. */
  boolean registers() {
    return this == EJABBERD || this == EJABBERD_SQLITE;
  }

  static String user(int number) {
    return "u" + number;
  }

  /** Starts it on core 0, and waits until it takes connections. */
  ServedProcess start(Path folder, int port, String thalweg)
      throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "EJABBERD_CONFIG_PATH", folder.resolve("ejabberd.yml").toString(),
            "EJABBERD_LOG_PATH", folder.resolve("ejabberd.log").toString(),
            "ERL_MAX_PORTS", "65536",
            "ERL_CRASH_DUMP", folder.resolve("crash.dump").toString());
    ServedProcess process =
        ServedProcess.start(
            command(folder, port, thalweg), environment, 0, port, folder.resolve("output"));
    process.awaitAnswerNs(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0'"
            + " xmlns:stream='http://etherx.jabber.org/streams' to='localhost'>",
        "<?xml");
    return process;
  }

  // ---------------------------------------------------------------- ejabberd

  private static void ejabberd(Path folder, int port, String archive, String more)
      throws IOException {
    Files.writeString(
        folder.resolve("ejabberd.yml"),
        """
        hosts: [localhost]
        loglevel: error
        auth_method: internal
        registration_timeout: infinity
        shaper: {}
        %slisten:
          - port: %d
            ip: "127.0.0.1"
            module: ejabberd_c2s
            max_stanza_size: 262144
        access_rules:
          all_users: [allow: all]
        modules:
          mod_register: {ip_access: all, access: all_users, password_strength: 0}
          mod_roster: {}
          mod_disco: {}
          mod_offline: {}
          mod_carboncopy: {}
          mod_stream_mgmt: {}
          mod_mam: {default: always, db_type: %s, assume_mam_usage: true}
        """
            .formatted(more, port, archive));
  }

  private static Path erlangLibrary(String prefix) throws IOException {
    for (String place : List.of("/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/erlang/lib")) {
      if (!Files.isDirectory(Path.of(place))) {
        continue;
      }
      try (Stream<Path> all = Files.list(Path.of(place))) {
        Path found =
            all.filter(path -> path.getFileName().toString().startsWith(prefix))
                .filter(path -> Files.isDirectory(path.resolve("ebin")))
                .findFirst()
                .orElse(null);
        if (found != null) {
          return found;
        }
      }
    }
    throw new IllegalStateException("needs Debian's " + prefix.replace("-", ""));
  }

  /** The program itself and not ejabberdctl, so that it can be pinned and killed. */
  private static List<String> erlang(Path folder) throws IOException {
    return List.of(
        "erl",
        "-noinput",
        "-pa",
        erlangLibrary("ejabberd-").resolve("ebin").toString(),
        "+K",
        "true",
        "+P",
        "250000",
        "+Q",
        "65536",
        "-mnesia",
        "dir",
        "\"" + folder.resolve("mnesia") + "\"",
        "-s",
        "ejabberd");
  }

  // ---------------------------------------------------------------- Prosody

  private static void prosody(Path folder, int port, int users, String storage) throws IOException {
    Files.writeString(
        folder.resolve("prosody.cfg.lua"),
        """
        run_as_root = true
        data_path = "%s"
        pidfile = "%s"
        log = { error = "*console" }
        interfaces = { "127.0.0.1" }
        c2s_ports = { %d }
        modules_enabled = { "roster", "saslauth", "disco", "mam", "smacks", "offline", "ping", "carbons" }
        modules_disabled = { "s2s" }
        c2s_require_encryption = false
        allow_unencrypted_plain_auth = true
        authentication = "internal_plain"
        default_archive_policy = true
        archive_expires_after = "never"
        %s
        VirtualHost "localhost"
        """
            .formatted(folder.resolve("data"), folder.resolve("pid"), port, storage));
    Path accounts = Files.createDirectories(folder.resolve("data/localhost/accounts"));
    for (String user : IntStream.range(0, users).mapToObj(XmppServer::user).toList()) {
      Files.writeString(
          accounts.resolve(user + ".dat"),
          "return { [\"password\"] = \"" + XmppUser.PASSWORD + "\" };\n");
    }
  }

  private static List<String> prosodyCommand(Path folder) {
    return List.of("prosody", "-F", "--config", folder.resolve("prosody.cfg.lua").toString());
  }

  private static void run(Path folder, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prepared").toFile())
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            command + ": " + Files.readString(folder.resolve("prepared")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
