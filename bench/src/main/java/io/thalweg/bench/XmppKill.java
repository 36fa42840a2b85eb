package io.thalweg.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What becomes of messages when a server is killed with -9 under load: clients with stream
 * management come back when it is there again, send again what it was not heard to have, with the
 * same ids, and read their archives.
 */
final class XmppKill implements XmppUser.Taker {
  private static final Pattern ID = Pattern.compile(" id=['\"](m\\d+\\.\\d+)['\"]");
  private static final Pattern NAMED =
      Pattern.compile("<stanza-id (?:[^>]*? )?id=['\"]([^'\"]+)['\"]");
  private static final Pattern LAST = Pattern.compile("<last>([^<]*)</last>");
  private static final long LIMIT_S = 120;
  private static final long QUIET_NS = TimeUnit.SECONDS.toNanos(3);

  private final List<String> names;
  private final Map<String, String> receivers = new HashMap<>();
  private final Set<String> acknowledged = new HashSet<>();
  private final Map<String, List<String>> delivered = new HashMap<>();
  private final Map<String, Integer> archived = new HashMap<>();
  private final Map<String, String> pages = new HashMap<>();
  private long numbers;
  private long newsNs;

  /**
   * What was found.
   *
   * @param sent messages
   * @param acknowledged of them by the server
   * @param lost acknowledged, and their receiver neither was given them nor finds them in its
   *     archive
   * @param doubled one message that the receiver has as two: under two ids of the archive
   * @param again given twice under one id of the archive, so a client knows it
   */
  record Result(int sent, int acknowledged, int lost, int doubled, int again) {}

  private XmppKill(int pairs) {
    names = IntStream.range(0, 2 * pairs).mapToObj(XmppServer::user).toList();
  }

  static Result run(
      XmppServer server, Path folder, int port, String thalweg, int pairs, int rate, int kills)
      throws IOException, InterruptedException {
    XmppKill kill = new XmppKill(pairs);
    List<List<String>> unsaid = new ArrayList<>();
    kill.names.forEach(name -> unsaid.add(new ArrayList<>()));
    for (int round = 0; round <= kills; round++) {
      try (ServedProcess process = server.start(folder, port, thalweg)) {
        if (round == 0 && server.registers()) {
          XmppRegistration.register(port, kill.names.size());
        }
        try (XmppCrowd crowd = new XmppCrowd(port, true, kill)) {
          crowd.open(kill.names, kill.names.size(), LIMIT_S);
          kill.sayAgain(crowd, unsaid);
          if (round < kills) {
            kill.talk(crowd, rate, TimeUnit.MILLISECONDS.toNanos(2_000 + 700L * round));
            process.kill();
            kill.breakUp(crowd, unsaid);
          } else {
            kill.settle(crowd);
            kill.readArchives(crowd);
          }
        }
      }
    }
    return kill.result();
  }

  private void talk(XmppCrowd crowd, int rate, long lengthNs) throws IOException {
    long startNs = System.nanoTime();
    long count = 0;
    while (System.nanoTime() - startNs < lengthNs) {
      while (count * 1e9 / rate <= System.nanoTime() - startNs) {
        int from = (int) (count++ % names.size());
        String id = "m" + from + "." + numbers++;
        receivers.put(id, names.get(from ^ 1));
        say(crowd.users().get(from), from, id);
      }
      crowd.serve();
    }
  }

  private void say(XmppUser user, int from, String id) {
    user.sendStanza(XmppTalk.message(names.get(from ^ 1), id, "said as " + id), id);
    user.flush();
  }

  /** The server is gone: what had come is read, the rest is to be said again. */
  private void breakUp(XmppCrowd crowd, List<List<String>> unsaid) throws IOException {
    crowd.run(
        LIMIT_S, () -> crowd.users().stream().allMatch(user -> user.step() == XmppUser.Step.GONE));
    for (int i = 0; i < names.size(); i++) {
      unsaid.set(i, crowd.users().get(i).untaken());
    }
  }

  private void sayAgain(XmppCrowd crowd, List<List<String>> unsaid) {
    for (int i = 0; i < names.size(); i++) {
      for (String id : unsaid.get(i)) {
        say(crowd.users().get(i), i, id);
      }
    }
  }

  /** Until all is acknowledged and nothing has come for a while. */
  private void settle(XmppCrowd crowd) throws IOException {
    newsNs = System.nanoTime();
    crowd.run(
        LIMIT_S,
        () -> acknowledged.size() == receivers.size() && System.nanoTime() - newsNs > QUIET_NS);
  }

  private void readArchives(XmppCrowd crowd) throws IOException {
    for (int i = 0; i < names.size(); i++) {
      XmppUser user = crowd.users().get(i);
      String with = names.get(i ^ 1);
      String after = "";
      while (after != null) {
        pages.remove(user.name());
        user.sendStanza(page(with, after), "");
        user.flush();
        crowd.run(LIMIT_S, () -> pages.containsKey(user.name()));
        String fin = pages.getOrDefault(user.name(), "");
        Matcher last = LAST.matcher(fin);
        after = fin.contains("complete=") || !last.find() ? null : last.group(1);
      }
    }
  }

  private static String page(String with, String after) {
    return "<iq type='set' id='archive'><query xmlns='urn:xmpp:mam:2' queryid='q'>"
        + "<x xmlns='jabber:x:data' type='submit'>"
        + "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"
        + "<field var='with'><value>"
        + XmppUser.address(with)
        + "</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>50</max>"
        + (after.isEmpty() ? "" : "<after>" + after + "</after>")
        + "</set></query></iq>";
  }

  @Override
  public void taken(XmppUser user, String id) {
    acknowledged.add(id);
    newsNs = System.nanoTime();
  }

  @Override
  public void take(XmppUser user, String element) {
    newsNs = System.nanoTime();
    if (element.startsWith("<iq") && element.contains("<fin")) {
      pages.put(user.name(), element);
      return;
    }
    Matcher id = ID.matcher(element);
    if (!element.startsWith("<message") || !id.find()) {
      return;
    }
    boolean mine = user.name().equals(receivers.get(id.group(1)));
    if (element.contains("queryid=")) {
      if (mine) {
        archived.merge(id.group(1), 1, Integer::sum);
      }
    } else if (mine) {
      Matcher named = NAMED.matcher(element);
      delivered
          .computeIfAbsent(id.group(1), key -> new ArrayList<>())
          .add(named.find() ? String.valueOf(named.group(1)) : "");
    }
  }

  private Result result() {
    int lost = 0;
    int doubled = 0;
    int again = 0;
    for (String id : receivers.keySet()) {
      List<String> had = delivered.getOrDefault(id, List.of());
      int rows = archived.getOrDefault(id, 0);
      if (acknowledged.contains(id) && had.isEmpty() && rows == 0) {
        lost++;
      }
      int names = new HashSet<>(had).size();
      if (names > 1 || rows > 1) {
        doubled++;
      } else if (had.size() > 1) {
        again++;
      }
    }
    return new Result(receivers.size(), acknowledged.size(), lost, doubled, again);
  }
}
