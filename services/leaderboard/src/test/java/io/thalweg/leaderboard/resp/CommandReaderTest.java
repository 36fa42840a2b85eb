package io.thalweg.leaderboard.resp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandReaderTest {
  @SuppressWarnings("StringConcatToTextBlock") // every \r and \n counts
  private static final String STREAM =
      "*3\r\n$4\r\nZADD\r\n$0\r\n\r\n$5\r\na\r\nbc\r\n"
          + "\r\nPING\r\n*0\r\n*1\r\n$4\r\nPING\r\nECHO  'two words' \"\" x\n"
          + "*2\r\n$4\r\nECHO\r\n$3\r\n\u4e16\r\n";

  private static final List<String> COMMANDS =
      List.of("ZADD||a\r\nbc", "PING", "PING", "ECHO|two words||x", "ECHO|\u4e16");

  @Test
  void commandsAreTheSameHoweverTheirBytesAreCut() {
    byte[] bytes = STREAM.getBytes(UTF_8);
    for (int first = 0; first <= bytes.length; first++) {
      for (int second = first; second <= bytes.length; second++) {
        assertThat(read(bytes, first, second))
            .as("cut at %d, %d", first, second)
            .isEqualTo(COMMANDS);
      }
    }
  }

  private static List<String> read(byte[] bytes, int... cuts) {
    CommandReader reader = new CommandReader(1 << 20);
    Arguments arguments = new Arguments();
    List<String> commands = new ArrayList<>();
    ByteBuf in = Unpooled.buffer();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : bytes.length;
      in.writeBytes(bytes, from, to - from);
      from = to;
      for (Arguments next = reader.next(in, arguments);
          next != null;
          next = reader.next(in, arguments)) {
        List<String> words = new ArrayList<>();
        for (int word = 0; word < next.count(); word++) {
          words.add(next.text(word));
        }
        commands.add(String.join("|", words));
      }
      in.discardReadBytes();
    }
    assertThat(in.isReadable()).isFalse();
    in.release();
    return commands;
  }
}
