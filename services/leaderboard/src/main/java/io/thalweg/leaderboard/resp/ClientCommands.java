package io.thalweg.leaderboard.resp;

/** CLIENT: what a client says of itself and asks about itself. */
final class ClientCommands {
  private ClientCommands() {}

  static void client(RespConnection connection, Arguments a) {
    switch (a.word(1)) {
      case "ID" -> connection.reply(out -> out.integer(connection.id()));
      case "SETNAME" -> {
        arity(a, 3);
        connection.clientName(name(a, 2));
        connection.reply(ReplyWriter::ok);
      }
      case "GETNAME" -> {
        String name = connection.clientName();
        connection.reply(out -> {
          if (name.isEmpty()) {
            out.nothing();
          } else {
            out.bulk(name);
          }
        });
      }
      case "SETINFO" -> {
        arity(a, 4);
        connection.reply(ReplyWriter::ok);
      }
      case "NO-EVICT", "NO-TOUCH" -> {
        arity(a, 3);
        connection.reply(ReplyWriter::ok);
      }
      case "INFO", "LIST" -> {
        String line = "id=" + connection.id() + " name=" + connection.clientName() + " db=0\n";
        connection.reply(out -> out.bulk(line));
      }
      default ->
          throw new BadCommand(
              "ERR unknown subcommand '" + a.quoted(1) + "'. Try CLIENT SETNAME, GETNAME or ID.");
    }
  }

  private static void arity(Arguments a, int count) {
    if (a.count() != count) {
      throw CommandTable.arity("client|" + a.word(1).toLowerCase(java.util.Locale.ROOT));
    }
  }

  /** A connection's name: printable ASCII without spaces, at most 128 bytes. */
  static String name(Arguments a, int i) {
    if (a.length(i) > 128) {
      throw new BadCommand("ERR a client's name has at most 128 bytes; got " + a.length(i));
    }
    for (int k = 0; k < a.length(i); k++) {
      if (a.byteAt(i, k) <= ' ' || a.byteAt(i, k) > '~') {
        throw new BadCommand(
            "ERR Client names cannot contain spaces, newlines or special characters.");
      }
    }
    return a.text(i);
  }
}
