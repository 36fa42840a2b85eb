package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.testkit.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** XMPP over WebSockets and over HTTP: its clients of the web as they are. */
@Timeout(400)
class XmppWebClientsTest {
  @TempDir static Path data;
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = TestNode.start(data.resolve("open"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  // One asks, the other answers.
  private static final String TALK =
      """
      const {client, xml} = require('@xmpp/client');
      const service = process.argv[1];
      const open = username => client({service, domain: 'localhost', username, password: 'anonymous', resource: 'node'});
      const gus = open('gus'), hal = open('hal');
      for (const who of [gus, hal]) {
        who.on('error', e => console.log('error', e.message));
        // Each time, since a client that was too late for its stream begins a new one.
        who.on('online', () => who.send(xml('presence')));
      }
      const heard = [];
      hal.on('stanza', s => {
        if (!s.is('message') || !s.getChild('body')) return;
        const text = s.getChildText('body');
        hal.send(xml('message', {to: s.attrs.from, type: 'chat'}, xml('body', {}, 'heard ' + text)));
      });
      gus.on('stanza', s => {
        if (s.is('message') && s.getChild('body') && heard.push(s.getChildText('body')) == 60) {
          console.log(JSON.stringify(heard.every((text, i) => text == 'heard ' + i)));
          process.exit(0);
        }
      });
      (async () => {
        await hal.start();
        await gus.start();
        for (let said = 0; said < 60; said++)
          await gus.send(xml('message', {to: 'hal@localhost', type: 'chat'}, xml('body', {}, String(said))));
        setTimeout(() => { console.log(JSON.stringify(heard)); process.exit(1); }, 90000);
      })();
      """;

  @Test
  void theNodeClientTalksOverWebSockets() throws Exception {
    needs("@xmpp/client");
    assertThat(run(TALK, node.url().replace("http:", "ws:") + "/xmpp-websocket").lines().toList())
        .last()
        .isEqualTo("true");
  }

  // In a page of the node: two users, one over each binding, talk; one goes and comes back.
  private static final String BROWSE =
      """
      const {chromium} = require('playwright-core');
      const [url, executablePath] = process.argv.slice(1);
      (async () => {
        const browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
        const page = await browser.newPage();
        page.on('pageerror', e => console.log('page', e.message));
        await page.goto(url + '/livez');
        await page.addScriptTag({path: require.resolve('strophe.js').replace('strophe.cjs', 'strophe.umd.min.js')});
        console.log(JSON.stringify(await page.evaluate(async () => {
          const {Strophe, $msg, $pres} = window;
          const socket = location.origin.replace('http', 'ws') + '/v1/messaging/xmpp';
          const open = (user, service) => new Promise((resolve, reject) => {
            const connection = new Strophe.Connection(service), heard = [], waiting = [];
            connection.addHandler(message => {
              const body = message.getElementsByTagName('body')[0];
              if (body) { heard.push(body.textContent); waiting.forEach(each => each()); }
              return true;
            }, null, 'message');
            const until = count => new Promise((done, late) => {
              const look = () => heard.length >= count && done(heard.splice(0));
              waiting.push(look); look();
              setTimeout(() => late(new Error(user + ' heard ' + heard)), 90000);
            });
            const say = (to, text) => connection.send($msg({to: to + '@localhost', type: 'chat'}).c('body').t(text));
            // The node has moved the cursor of the device when it knows what has come.
            const close = async () => {
              while ((await (await fetch('/v1/inboxes/' + user + '/items?device=page')).json()).items.length)
                await new Promise(soon => setTimeout(soon, 20));
              await new Promise(done => { closed = done; connection.disconnect('enough'); });
            };
            let closed = () => {};
            connection.connect(user + '@localhost/page', 'anonymous', status => {
              if (status == Strophe.Status.CONNECTED) {
                connection.send($pres()); resolve({say, until, close});
              }
              if (status == Strophe.Status.CONNFAIL || status == Strophe.Status.AUTHFAIL) reject(new Error('status ' + status));
              if (status == Strophe.Status.DISCONNECTED) closed();
            });
          });
          const answers = {};
          for (const [how, mine, theirs] of [['bosh', '/http-bind', socket], ['socket', socket, '/http-bind']]) {
            let ivy = await open('ivy' + how, mine);
            const jon = await open('jon' + how, theirs);
            for (let i = 0; i < 40; i++) ivy.say('jon' + how, 'a' + i);
            answers[how] = [await jon.until(40)];
            for (let i = 0; i < 40; i++) jon.say('ivy' + how, 'b' + i);
            answers[how].push(await ivy.until(40));
            await ivy.close();
            for (let i = 0; i < 5; i++) jon.say('ivy' + how, 'c' + i);
            ivy = await open('ivy' + how, mine);
            const later = await ivy.until(5);
            // Nothing of before, and nothing twice.
            jon.say('ivy' + how, 'end');
            if (later.at(-1) != 'end') later.push(...await ivy.until(1));
            answers[how].push(later);
            await ivy.close(); await jon.close();
          }
          return answers;
        })));
        await browser.close();
      })().catch(e => { console.log(e); process.exit(1); });
      """;

  @Test
  void stropheTalksInABrowserOverBothBindings() throws Exception {
    needs("strophe.js");
    needs("playwright-core");
    var chromium = Tool.onPath("chromium");
    if (chromium.isEmpty()) {
      leaveOut("there is no chromium on the path");
    }
    String said = run(BROWSE, node.url(), chromium.orElseThrow().program().toString());
    String each =
        "[%s,%s,%s]".formatted(numbered("a", 40), numbered("b", 40), numbered("c", 5, "end"));
    assertThat(said.lines().toList())
        .last()
        .isEqualTo("{\"bosh\":%s,\"socket\":%s}".formatted(each, each));
  }

  private static String numbered(String name, int count, String... last) {
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < count; i++) {
      out.append(i == 0 ? "" : ",").append('"').append(name).append(i).append('"');
    }
    for (String more : last) {
      out.append(",\"").append(more).append('"');
    }
    return out.append(']').toString();
  }

  private static void needs(String module) throws Exception {
    boolean there;
    try {
      Process process =
          new ProcessBuilder("node", "-e", "require.resolve('" + module + "')")
              .redirectErrorStream(true)
              .start();
      process.getInputStream().readAllBytes();
      there = process.waitFor() == 0;
    } catch (IOException noNode) {
      there = false;
    }
    if (!there) {
      leaveOut("there is no " + module + " that node finds (NODE_PATH)");
    }
  }

  private static void leaveOut(String why) {
    System.err.println("SKIPPED: " + why);
    assumeTrue(false, why);
  }

  private static String run(String script, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("node", "--experimental-websocket", "--no-warnings", "-e", script));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return out;
  }
}
