package io.thalweg.leaderboard.resp;

import io.thalweg.leaderboard.resp.CommandTable.Command;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Commands about the server, as far as clients ask them before they begin. */
final class ServerCommands {
  /** The version of Redis whose commands these are; clients look at it. */
  static final String REDIS_VERSION = "7.2.0";

  // What tools ask for. The log is forced before each reply, which is what these say.
  private static final Map<String, String> CONFIG =
      Map.of("save", "", "appendonly", "yes", "appendfsync", "always", "databases", "1");

  private ServerCommands() {}

  /** INFO [section ...]. */
  static void info(RespConnection connection, Arguments a) {
    connection.reply(out ->
        out.bulk(
            """
            # Server\r
            redis_version:%s\r
            redis_mode:standalone\r
            server_name:thalweg\r
            # Persistence\r
            loading:0\r
            # Replication\r
            role:master\r
            connected_slaves:0\r
            """
                .formatted(REDIS_VERSION)));
  }

  /** CONFIG GET name [name ...]. */
  static void config(RespConnection connection, Arguments a) {
    if (!a.is(1, "GET")) {
      throw new BadCommand("ERR only CONFIG GET is served; got '" + a.quoted(1) + "'");
    }
    if (a.count() < 3) {
      throw CommandTable.arity("config|get");
    }
    Map<String, String> found = new LinkedHashMap<>();
    for (int i = 2; i < a.count(); i++) {
      String name = a.word(i).toLowerCase(Locale.ROOT);
      CONFIG.forEach((key, value) -> {
        if (name.equals("*") || name.equals(key)) {
          found.put(key, value);
        }
      });
    }
    connection.reply(out -> {
      out.map(found.size());
      found.forEach((key, value) -> {
        out.bulk(key);
        out.bulk(value);
      });
    });
  }

  /** COMMAND [COUNT | LIST | DOCS | INFO name ...]. */
  static void command(RespConnection connection, Arguments a) {
    List<Command> all = CommandTable.all();
    if (a.count() == 1) {
      connection.reply(out -> describe(out, all));
      return;
    }
    switch (a.word(1)) {
      case "COUNT" -> connection.reply(out -> out.integer(all.size()));
      case "LIST" ->
          connection.reply(out -> {
            out.array(all.size());
            all.forEach(command -> out.bulk(lower(command)));
          });
      case "DOCS" -> connection.reply(out -> out.map(0));
      case "INFO" -> {
        List<@Nullable Command> named = new java.util.ArrayList<>();
        for (int i = 2; i < a.count(); i++) {
          named.add(CommandTable.find(a, i));
        }
        connection.reply(out -> describe(out, named));
      }
      default -> throw new BadCommand("ERR unknown subcommand '" + a.quoted(1) + "'.");
    }
  }

  private static void describe(ReplyWriter out, List<? extends @Nullable Command> commands) {
    out.array(commands.size());
    for (Command command : commands) {
      if (command == null) {
        out.noArray();
        continue;
      }
      out.array(6);
      out.bulk(lower(command));
      out.integer(command.arity());
      out.array(1);
      out.simple(command.writes() ? "write" : "readonly");
      out.integer(command.keyed() ? 1 : 0);
      out.integer(command.keyed() ? 1 : 0);
      out.integer(command.keyed() ? 1 : 0);
    }
  }

  private static String lower(Command command) {
    return command.name().toLowerCase(Locale.ROOT);
  }
}
