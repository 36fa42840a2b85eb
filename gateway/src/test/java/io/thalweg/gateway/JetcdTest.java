package io.thalweg.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lock;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.election.CampaignResponse;
import io.etcd.jetcd.election.LeaderResponse;
import io.etcd.jetcd.election.NotLeaderException;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.lock.LockResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.support.Observers;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unmodified Java client of etcd against a gateway. */
class JetcdTest {
  private static final long WAIT_S = 120;

  @TempDir Path data;
  private LocksNode node;
  private Client client;

  @BeforeEach
  void open() {
    node = new LocksNode(data);
    client = Client.builder().endpoints(node.endpoint()).build();
  }

  @AfterEach
  void close() {
    client.close();
    node.close();
  }

  @Test
  void keysArePutReadAndCompared() throws Exception {
    KV kv = client.getKVClient();
    assertThat(get(kv.put(of("a"), of("1"))).getHeader().getRevision()).isEqualTo(2);
    assertThat(get(kv.put(of("b"), of("2"))).getHeader().getRevision()).isEqualTo(3);
    GetResponse both = get(kv.get(of("a"), GetOption.builder().withRange(of("c")).build()));
    assertThat(both.getKvs().stream().map(each -> each.getValue().toString()))
        .containsExactly("1", "2");
    TxnResponse txn =
        get(
            kv.txn()
                .If(new Cmp(of("a"), Cmp.Op.EQUAL, CmpTarget.value(of("1"))))
                .Then(Op.put(of("a"), of("x"), PutOption.DEFAULT))
                .Else(Op.get(of("a"), GetOption.DEFAULT))
                .commit());
    assertThat(txn.isSucceeded()).isTrue();
    assertThat(get(kv.get(of("a"))).getKvs().getFirst().getVersion()).isEqualTo(2);
    assertThat(get(kv.delete(of("a"))).getDeleted()).isOne();
  }

  @Test
  void aLeaseIsKeptAliveAndTakesItsKeysWithIt() throws Exception {
    long lease = get(client.getLeaseClient().grant(300)).getID();
    get(client.getKVClient().put(of("k"), of("v"), PutOption.builder().withLeaseId(lease).build()));
    CompletableFuture<LeaseKeepAliveResponse> alive = new CompletableFuture<>();
    try (CloseableClient _ =
        client.getLeaseClient().keepAlive(lease, Observers.observer(alive::complete))) {
      assertThat(get(alive).getTTL()).isEqualTo(300);
    }
    get(client.getLeaseClient().revoke(lease));
    assertThat(get(client.getKVClient().get(of("k"))).getKvs()).isEmpty();
    Assertions.assertThatThrownBy(() -> get(client.getLeaseClient().revoke(lease)))
        .hasMessageContaining("requested lease not found");
  }

  @Test
  void aWatchGoesOnFromARevision() throws Exception {
    KV kv = client.getKVClient();
    get(kv.put(of("w"), of("1")));
    BlockingQueue<WatchResponse> seen = new LinkedBlockingQueue<>();
    try (Watch.Watcher _ =
        client
            .getWatchClient()
            .watch(
                of("w"),
                WatchOption.builder().withRevision(2).withPrevKV(true).build(),
                seen::add)) {
      assertThat(events(seen, 1).getFirst().getKeyValue().getValue().toString()).isEqualTo("1");
      get(kv.put(of("w"), of("2")));
      get(kv.delete(of("w")));
      List<WatchEvent> later = events(seen, 2);
      assertThat(later.get(0).getPrevKV().getValue().toString()).isEqualTo("1");
      assertThat(later.get(1).getEventType()).isEqualTo(WatchEvent.EventType.DELETE);
    }
  }

  private static List<WatchEvent> events(BlockingQueue<WatchResponse> seen, int count)
      throws InterruptedException {
    List<WatchEvent> events = new ArrayList<>();
    while (events.size() < count) {
      WatchResponse next = seen.poll(WAIT_S, TimeUnit.SECONDS);
      assertThat(next).isNotNull();
      events.addAll(next.getEvents());
    }
    return events;
  }

  @Test
  void aLockGoesFromOneLeaseToTheNext() throws Exception {
    Lock locks = client.getLockClient();
    long first = get(client.getLeaseClient().grant(300)).getID();
    long second = get(client.getLeaseClient().grant(300)).getID();
    LockResponse held = get(locks.lock(of("l"), first));
    CompletableFuture<LockResponse> waits = locks.lock(of("l"), second);
    awaitKeys("l/", 2);
    assertThat(waits).isNotDone();
    get(locks.unlock(held.getKey()));
    assertThat(get(waits).getKey().toString()).startsWith("l/");
    CompletableFuture<LockResponse> again = locks.lock(of("l"), first);
    awaitKeys("l/", 2);
    // Its lease ends: the next has the lock.
    get(client.getLeaseClient().revoke(second));
    assertThat(get(again).getKey()).isEqualTo(held.getKey());
  }

  @Test
  void aLeaderIsElectedProclaimsAndResigns() throws Exception {
    Election elections = client.getElectionClient();
    long first = get(client.getLeaseClient().grant(300)).getID();
    long second = get(client.getLeaseClient().grant(300)).getID();
    CampaignResponse leads = get(elections.campaign(of("e"), first, of("ana")));
    assertThat(get(elections.leader(of("e"))).getKv().getValue().toString()).isEqualTo("ana");
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    elections.observe(
        of("e"),
        new Election.Listener() {
          @Override
          public void onNext(LeaderResponse response) {
            seen.add(response.getKv().getValue().toString());
          }

          @Override
          public void onError(Throwable error) {}

          @Override
          public void onCompleted() {}
        });
    assertThat(seen.poll(WAIT_S, TimeUnit.SECONDS)).isEqualTo("ana");
    get(elections.proclaim(leads.getLeader(), of("ana at work")));
    assertThat(seen.poll(WAIT_S, TimeUnit.SECONDS)).isEqualTo("ana at work");
    CompletableFuture<CampaignResponse> next = elections.campaign(of("e"), second, of("bo"));
    awaitKeys("e/", 2);
    assertThat(next).isNotDone();
    get(elections.resign(leads.getLeader()));
    assertThat(get(next).getLeader().getName().toString()).isEqualTo("e");
    assertThat(seen.poll(WAIT_S, TimeUnit.SECONDS)).isEqualTo("bo");
    Assertions.assertThatThrownBy(() -> get(elections.proclaim(leads.getLeader(), of("no"))))
        .isInstanceOf(NotLeaderException.class);
  }

  private void awaitKeys(String prefix, int count) throws Exception {
    GetOption under = GetOption.builder().isPrefix(true).withCountOnly(true).build();
    while (get(client.getKVClient().get(of(prefix), under)).getCount() < count) {
      Thread.onSpinWait();
    }
  }

  private static ByteSequence of(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    try {
      return future.get(WAIT_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }
}
