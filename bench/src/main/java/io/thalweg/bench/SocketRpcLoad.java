package io.thalweg.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.jspecify.annotations.Nullable;

/**
 * Calls a method over WebSockets, the client protocol of Centrifuge in JSON: each connection asks
 * again when it was answered. Prints as wrk does. Arguments: port, connections, seconds to warm up,
 * seconds, members, what (rank, submit).
 */
public final class SocketRpcLoad {
  private static final int PERCENTILES_OF_WRK = 3;
  private static final double[] PERCENTILES = {50, 99, 99.9};

  private final int members;
  private final boolean submits;
  private final ConcurrentHistogram tookUs = new ConcurrentHistogram(60_000_000L, 3);
  private volatile boolean counting;
  private volatile boolean ended;
  private volatile @Nullable String refused;

  private SocketRpcLoad(int members, boolean submits) {
    this.members = members;
    this.submits = submits;
  }

  /** Runs it. */
  public static void main(String[] args) throws InterruptedException {
    SocketRpcLoad load = new SocketRpcLoad(Integer.parseInt(args[4]), args[5].equals("submit"));
    load.run(
        URI.create("ws://127.0.0.1:" + args[0] + "/connection/websocket"),
        Integer.parseInt(args[1]),
        Integer.parseInt(args[2]),
        Integer.parseInt(args[3]));
    System.exit(0);
  }

  private void run(URI uri, int connections, int warmUpS, int seconds) throws InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    for (int i = 0; i < connections; i++) {
      WebSocket socket = client.newWebSocketBuilder().buildAsync(uri, new Connection(i)).join();
      var _ = socket.sendText("{\"id\":1,\"connect\":{}}", true);
    }
    TimeUnit.SECONDS.sleep(warmUpS);
    counting = true;
    long beganNs = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    ended = true;
    double tookS = (System.nanoTime() - beganNs) / 1e9;
    if (refused != null) {
      System.out.println("Non-2xx " + refused);
    }
    for (int i = 0; i < PERCENTILES_OF_WRK; i++) {
      System.out.printf(
          "  %s%%  %dus%n",
          TextTable.decimals(PERCENTILES[i], PERCENTILES[i] % 1 == 0 ? 0 : 1),
          tookUs.getValueAtPercentile(PERCENTILES[i]));
    }
    System.out.printf("Requests/sec: %.1f%n", tookUs.getTotalCount() / tookS);
  }

  private final class Connection implements WebSocket.Listener {
    private final SplittableRandom random;
    private long sentNs;
    private int id = 1;

    Connection(int number) {
      random = new SplittableRandom(number);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      socket.request(1);
      if (text.length() <= 2) {
        // A ping wants a pong.
        var _ = socket.sendText("{}", true);
        return null;
      }
      if (text.toString().contains("\"error\"")) {
        refused = text.toString();
      }
      if (id > 1 && counting && !ended) {
        tookUs.recordValue((System.nanoTime() - sentNs) / 1000);
      }
      if (!ended) {
        id++;
        String member = Load.member(random.nextInt(members));
        sentNs = System.nanoTime();
        var _ = socket.sendText(submits ? submit(member) : rank(member), true);
      }
      return null;
    }

    private String rank(String member) {
      return "{\"id\":"
          + id
          + ",\"rpc\":{\"method\":\"leaderboard/GetEntry\",\"data\":{\"board\":\"bench\",\"member\":\""
          + member
          + "\"}}}";
    }

    private String submit(String member) {
      return "{\"id\":"
          + id
          + ",\"rpc\":{\"method\":\"leaderboard/SubmitScore\",\"data\":{\"board\":\"bench\",\"member\":\""
          + member
          + "\",\"score\":"
          + random.nextInt(1_000_000_000)
          + "}}}";
    }
  }
}
