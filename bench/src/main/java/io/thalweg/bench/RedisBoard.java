package io.thalweg.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Fills a sorted set of a running Redis server. */
final class RedisBoard {
  private RedisBoard() {}

  /**
   * Gives every member a first score, 1,000 a command.
   *
   * @throws IllegalStateException if the server refuses one
   */
  static void fill(int port, String key, int members) throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      for (int first = 0; first < members; first += Load.BATCH) {
        int end = Math.min(members, first + Load.BATCH);
        StringBuilder command = new StringBuilder("*").append(2 + 2 * (end - first)).append("\r\n");
        word(command, "ZADD");
        word(command, key);
        for (int i = first; i < end; i++) {
          word(command, Integer.toString(random.nextInt(1_000_000)));
          word(command, Load.member(i));
        }
        out.write(command.toString().getBytes(StandardCharsets.US_ASCII));
        String answer = in.readLine();
        if (answer == null || !answer.startsWith(":")) {
          throw new IllegalStateException("ZADD was answered with " + answer);
        }
      }
    }
  }

  private static void word(StringBuilder command, String word) {
    command.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
  }
}
