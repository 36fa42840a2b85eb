package io.thalweg.leaderboard.resp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.thalweg.leaderboard.v1.ListRangeResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A reply that is the one before it again is the same bytes, and another one is not. */
class ReplyWriterTest {
  private static final ListRangeResponse ANSWER =
      ListRangeResponse.newBuilder().setCount(1).addMembers("ada").addScores(7).build();
  private static final Encoder MEMBER =
      (out, message) -> out.bulk(((ListRangeResponse) message).getMembers(0));
  private static final Encoder SCORE =
      (out, message) -> out.score(((ListRangeResponse) message).getScores(0));

  private final ReplyWriter writer = new ReplyWriter();

  /** Encodes, and counts how often it had to. */
  private static final class Counting implements Encoder {
    int replies;

    @Override
    public void reply(ReplyWriter out, Message message) {
      replies++;
      MEMBER.reply(out, message);
    }
  }

  private String written() {
    ByteBuf out = Unpooled.buffer();
    writer.moveTo(out);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theSameAnswerIsEncodedOnce() {
    Counting encoder = new Counting();
    writer.ok();
    for (int i = 0; i < 1000; i++) {
      writer.reply(encoder, ANSWER);
      if (i % 3 == 0) {
        writer.integer(5);
      }
    }
    assertThat(encoder.replies).isOne();
    StringBuilder expected = new StringBuilder("+OK\r\n");
    for (int i = 0; i < 1000; i++) {
      expected.append("$3\r\nada\r\n").append(i % 3 == 0 ? ":5\r\n" : "");
    }
    assertThat(written()).isEqualTo(expected.toString());
  }

  @Test
  void anAnswerThatHasLeftIsEncodedAnew() {
    writer.reply(MEMBER, ANSWER);
    assertThat(written()).isEqualTo("$3\r\nada\r\n");
    writer.ok();
    writer.reply(MEMBER, ANSWER);
    assertThat(written()).isEqualTo("+OK\r\n$3\r\nada\r\n");
  }

  @Test
  void anotherFormOrVersionIsEncodedAnew() {
    writer.reply(MEMBER, ANSWER);
    writer.reply(SCORE, ANSWER);
    writer.version3(true);
    writer.reply(SCORE, ANSWER);
    writer.reply(SCORE, ANSWER.toBuilder().setScores(0, 8).build());
    assertThat(written()).isEqualTo("$3\r\nada\r\n$1\r\n7\r\n,7\r\n,8\r\n");
  }
}
