package io.thalweg.jobs.faktory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Replies of the protocol, which are those of RESP 2. */
final class Reply {
  static final String OK = "+OK\r\n";
  static final String NOTHING = "$-1\r\n";

  private Reply() {}

  static String error(String text) {
    return "-ERR " + text.replace('\r', ' ').replace('\n', ' ') + "\r\n";
  }

  static String line(String text) {
    return "+" + text + "\r\n";
  }

  static ByteBuf bytes(String reply) {
    return Unpooled.copiedBuffer(reply, StandardCharsets.UTF_8);
  }

  static String bulk(String text) {
    return "$" + text.getBytes(StandardCharsets.UTF_8).length + "\r\n" + text + "\r\n";
  }
}
