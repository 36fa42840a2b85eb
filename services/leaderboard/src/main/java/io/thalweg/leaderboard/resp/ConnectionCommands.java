package io.thalweg.leaderboard.resp;

import io.thalweg.edge.Credentials;
import io.thalweg.runtime.Failure;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commands about the connection itself. */
final class ConnectionCommands {
  private static final String WRONG_PASSWORD =
      "WRONGPASS invalid username-password pair or user is disabled.";

  private ConnectionCommands() {}

  static void ping(RespConnection connection, Arguments a) {
    if (a.count() > 2) {
      throw CommandTable.arity("ping");
    }
    if (a.count() == 2) {
      echo(connection, a);
    } else {
      connection.reply(out -> out.simple("PONG"));
    }
  }

  static void echo(RespConnection connection, Arguments a) {
    byte[] text = a.bytes(1);
    connection.reply(out -> out.bulk(text));
  }

  static void quit(RespConnection connection, Arguments a) {
    connection.quit();
  }

  static void select(RespConnection connection, Arguments a) {
    if (a.integer(1) != 0) {
      throw new BadCommand("ERR DB index is out of range");
    }
    connection.reply(ReplyWriter::ok);
  }

  /** AUTH [username] password: the password is an API key or a token; the name is of no account. */
  static void auth(RespConnection connection, Arguments a) {
    if (a.count() > 3) {
      throw BadCommand.syntax();
    }
    authenticate(connection, a.text(a.count() - 1), connection::reply, ReplyWriter::ok);
  }

  private static void authenticate(
      RespConnection connection,
      String password,
      Consumer<Consumer<ReplyWriter>> reply,
      Consumer<ReplyWriter> welcome) {
    connection.authenticate(
        new Credentials.Token(password),
        problem -> reply.accept(problem == null ? welcome : out -> out.error(refusal(problem))));
  }

  private static String refusal(Failure problem) {
    return switch (problem.code()) {
      case UNAUTHENTICATED -> WRONG_PASSWORD;
      case FAILED_PRECONDITION -> "ERR " + problem.status().getMessage();
      default -> Errors.of(problem);
    };
  }

  /** HELLO [version [AUTH username password] [SETNAME name]]. */
  static void hello(RespConnection connection, Arguments a) {
    boolean version3 = connection.version3();
    String password = null;
    String name = null;
    if (a.count() > 1) {
      long version = version(a);
      if (version != 2 && version != 3) {
        throw new BadCommand("NOPROTO unsupported protocol version");
      }
      version3 = version == 3;
    }
    for (int i = 2; i < a.count(); i++) {
      if (a.is(i, "AUTH") && i + 2 < a.count()) {
        password = a.text(i + 2);
        i += 2;
      } else if (a.is(i, "SETNAME") && i + 1 < a.count()) {
        name = ClientCommands.name(a, ++i);
      } else {
        throw new BadCommand("ERR Syntax error in HELLO option '" + a.quoted(i) + "'");
      }
    }
    Consumer<ReplyWriter> welcome = welcome(connection, version3, name);
    if (password == null) {
      connection.settled(() -> connection.reply(welcome));
    } else {
      String secret = password;
      connection.settled(() -> authenticate(connection, secret, connection::reply, welcome));
    }
  }

  private static long version(Arguments a) {
    try {
      return a.integer(1);
    } catch (BadCommand e) {
      throw new BadCommand("ERR Protocol version is not an integer or out of range");
    }
  }

  /** Written when nothing waits before it, so that only later replies are of the version. */
  private static Consumer<ReplyWriter> welcome(
      RespConnection connection, boolean version3, @Nullable String name) {
    return before -> {
      connection.version3(version3);
      if (name != null) {
        connection.clientName(name);
      }
      ReplyWriter out = connection.writer();
      out.map(7);
      out.bulk("server");
      out.bulk("thalweg");
      out.bulk("version");
      out.bulk(ServerCommands.REDIS_VERSION);
      out.bulk("proto");
      out.integer(version3 ? 3 : 2);
      out.bulk("id");
      out.integer(connection.id());
      out.bulk("mode");
      out.bulk("standalone");
      out.bulk("role");
      out.bulk("master");
      out.bulk("modules");
      out.array(0);
    };
  }

  static void reset(RespConnection connection, Arguments a) {
    connection.settled(() -> {
      connection.forget();
      connection.reply(out -> out.simple("RESET"));
    });
  }
}
