package io.thalweg.leaderboard.resp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every command by its name. Looked up by bytes, without a string: an open table over a hash of the
 * capital letters.
 */
final class CommandTable {
  private static final int SLOTS = 256;
  private static final @Nullable Command[] TABLE = new @Nullable Command[SLOTS];
  private static final List<Command> ALL = new ArrayList<>();

  /** What a command does. */
  @FunctionalInterface
  interface Action {
    void run(RespConnection connection, Arguments arguments);
  }

  /**
   * A command.
   *
   * @param name capital letters
   * @param arity number of arguments with the name; negative: at least so many
   * @param writes whether it changes boards
   * @param keyed whether its first argument is a key
   */
  record Command(String name, int arity, boolean writes, boolean keyed, Action action) {
    boolean takes(int arguments) {
      return arity >= 0 ? arguments == arity : arguments >= -arity;
    }
  }

  static {
    write("ZADD", -4, ScoreCommands::zadd);
    write("ZINCRBY", 4, ScoreCommands::zincrby);
    write("ZREM", -3, ScoreCommands::zrem);
    write("ZPOPMIN", -2, ScoreCommands::zpopmin);
    write("ZPOPMAX", -2, ScoreCommands::zpopmax);
    write("DEL", -2, KeyCommands::del);
    write("UNLINK", -2, KeyCommands::del);
    read("EXISTS", -2, KeyCommands::exists);
    read("TYPE", 2, KeyCommands::type);
    read("ZCARD", 2, KeyCommands::zcard);
    read("ZSCORE", 3, PlaceCommands::zscore);
    read("ZMSCORE", -3, PlaceCommands::zmscore);
    read("ZRANK", -3, PlaceCommands::zrank);
    read("ZREVRANK", -3, PlaceCommands::zrevrank);
    read("ZRANGE", -4, RangeCommands::zrange);
    read("ZREVRANGE", -4, RangeCommands::zrevrange);
    read("ZRANGEBYSCORE", -4, RangeCommands::zrangebyscore);
    read("ZREVRANGEBYSCORE", -4, RangeCommands::zrevrangebyscore);
    read("ZRANGEBYLEX", -4, RangeCommands::zrangebylex);
    read("ZREVRANGEBYLEX", -4, RangeCommands::zrevrangebylex);
    read("ZCOUNT", 4, RangeCommands::zcount);
    read("ZLEXCOUNT", 4, RangeCommands::zlexcount);
    other("PING", -1, ConnectionCommands::ping);
    other("ECHO", 2, ConnectionCommands::echo);
    other("QUIT", -1, ConnectionCommands::quit);
    other("AUTH", -2, ConnectionCommands::auth);
    other("HELLO", -1, ConnectionCommands::hello);
    other("SELECT", 2, ConnectionCommands::select);
    other("RESET", 1, ConnectionCommands::reset);
    other("CLIENT", -2, ClientCommands::client);
    other("COMMAND", -1, ServerCommands::command);
    other("INFO", -1, ServerCommands::info);
    other("CONFIG", -2, ServerCommands::config);
  }

  private CommandTable() {}

  private static void write(String name, int arity, Action action) {
    add(new Command(name, arity, true, true, action));
  }

  private static void read(String name, int arity, Action action) {
    add(new Command(name, arity, false, true, action));
  }

  private static void other(String name, int arity, Action action) {
    add(new Command(name, arity, false, false, action));
  }

  private static void add(Command command) {
    ALL.add(command);
    int hash = 0;
    for (int i = 0; i < command.name().length(); i++) {
      hash = 31 * hash + command.name().charAt(i);
    }
    int slot = hash & (SLOTS - 1);
    while (TABLE[slot] != null) {
      slot = (slot + 1) & (SLOTS - 1);
    }
    TABLE[slot] = command;
  }

  static List<Command> all() {
    return ALL;
  }

  /** The command of this name, or null. */
  static @Nullable Command find(Arguments arguments, int i) {
    int hash = 0;
    int length = arguments.length(i);
    for (int k = 0; k < length; k++) {
      int b = arguments.byteAt(i, k);
      hash = 31 * hash + (b >= 'a' && b <= 'z' ? b - ('a' - 'A') : b);
    }
    for (int slot = hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      Command command = TABLE[slot];
      if (command == null || arguments.is(i, command.name())) {
        return command;
      }
    }
  }

  /**
   * Runs a command.
   *
   * @throws BadCommand if there is none of this name, or it does not take these arguments
   */
  static void run(RespConnection connection, Arguments arguments) {
    Command command = find(arguments, 0);
    if (command == null) {
      throw new BadCommand(unknown(arguments));
    }
    if (!command.takes(arguments.count())) {
      throw arity(command.name().toLowerCase(Locale.ROOT));
    }
    command.action().run(connection, arguments);
  }

  static BadCommand arity(String name) {
    return new BadCommand("ERR wrong number of arguments for '" + name + "' command");
  }

  private static String unknown(Arguments arguments) {
    StringBuilder text =
        new StringBuilder("ERR unknown command '")
            .append(arguments.quoted(0))
            .append("', with args beginning with: ");
    for (int i = 1; i < arguments.count() && text.length() < 128; i++) {
      text.append('\'').append(arguments.quoted(i)).append("' ");
    }
    return text.toString();
  }
}
