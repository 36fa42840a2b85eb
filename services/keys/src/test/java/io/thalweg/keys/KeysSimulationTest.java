package io.thalweg.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.keys.v1.ClaimKeyRequest;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.KeyCounts;
import io.thalweg.keys.v1.LeaseKeysRequest;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.ListNamespacesRequest;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NextKeysRequest;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.keys.v1.Order;
import io.thalweg.testkit.Answered;
import io.thalweg.testkit.Invariant;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.QuietNode;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Keys on a machine that is killed, loses power, fills its disk, and whose clock jumps: nobody is
 * ever given a key that somebody else has, and time-ordered keys never go back.
 *
 * <p>A holder gives out the first three keys of its block, and hands back from the fourth on.
 */
class KeysSimulationTest {
  private static final int BLOCK = 5;
  private static final int GIVEN = 3;
  private static final List<String> NAMESPACES = List.of("secret", "count", "time");

  @SimulationTest(seeds = 120)
  void noKeyIsGivenTwiceWhateverGoesWrong(Seeds seeds) {
    Simulation.of(Keys.TYPE)
        .ask(3, KeysSimulationTest::create)
        .ask(6, random -> Requests.next(name(random), 1 + random.nextInt(4)))
        .ask(6, random -> Requests.lease(name(random), BLOCK))
        .ask(4, random -> Requests.giveBack(name(random), 1 + random.nextInt(8), GIVEN))
        .ask(4, random -> Requests.claim(name(random), key(random)))
        .ask(2, random -> Requests.use(name(random), key(random)))
        .ask(random -> GetNamespaceRequest.newBuilder().setNamespace(name(random)).build())
        .ask(random -> ListNamespacesRequest.newBuilder().setPageSize(2).build())
        .invariant(NoKeyTwice::new)
        .run(seeds);
  }

  @SimulationTest(seeds = 60)
  void countsAddUpWhateverIsReleasedAndUsed(Seeds seeds) {
    counts().run(seeds);
  }

  static Simulation counts() {
    return Simulation.of(Keys.TYPE)
        .ask(3, KeysSimulationTest::create)
        .ask(5, random -> Requests.next(name(random), 1 + random.nextInt(9)))
        .ask(5, random -> Requests.lease(name(random), 1 + random.nextInt(20)))
        .ask(3, random -> Requests.giveBack(name(random), 1 + random.nextInt(8), random.nextInt(9)))
        .ask(5, random -> Requests.claim(name(random), key(random)))
        .ask(5, random -> Requests.use(name(random), key(random), key(random)))
        .ask(5, random -> Requests.release(name(random), key(random)))
        .invariant(CountsAddUp::new);
  }

  private static CreateNamespaceRequest create(RandomGenerator random) {
    return request(name(random));
  }

  private static CreateNamespaceRequest request(String name) {
    return switch (name) {
      case "secret" -> Requests.create(name, Order.UNGUESSABLE, "abc", 4);
      case "count" -> Requests.create(name, Order.SEQUENTIAL, "abc", 4);
      default -> Requests.create(name, Order.TIME_ORDERED, "", 0);
    };
  }

  private static String name(RandomGenerator random) {
    return NAMESPACES.get(random.nextInt(NAMESPACES.size()));
  }

  private static String key(RandomGenerator random) {
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      key.append((char) ('a' + random.nextInt(3)));
    }
    return key.toString();
  }

  /** Every key that somebody has, by namespace: who has it. */
  private static final class NoKeyTwice implements Invariant {
    private final Map<String, Map<String, Message>> given = new HashMap<>();

    @Override
    public void answered(Answered answered) {
      if (!(answered.outcome() instanceof Outcome.Replied replied)) {
        return;
      }
      switch (answered.request()) {
        case NextKeysRequest next ->
            give(next.getNamespace(), ((NextKeysResponse) replied.reply()).getKeysList(), next);
        case LeaseKeysRequest lease -> {
          List<String> keys = Requests.keysOf((LeaseKeysResponse) replied.reply());
          give(lease.getNamespace(), keys.subList(0, Math.min(GIVEN, keys.size())), lease);
        }
        case ClaimKeyRequest claim -> {
          assertThat(((Key) replied.reply()).getKey()).isEqualTo(claim.getKey());
          give(claim.getNamespace(), List.of(claim.getKey()), claim);
        }
        default -> {}
      }
    }

    private void give(String namespace, List<String> keys, Message to) {
      Map<String, Message> known = given.computeIfAbsent(namespace, name -> new TreeMap<>());
      for (String key : keys) {
        Message before = known.put(key, to);
        assertThat(before).as("who has %s of %s beside %s", key, namespace, to).isNull();
      }
    }

    @Override
    public void unanswered(Message request) {}

    @Override
    public void quiet(QuietNode node) {
      given.forEach((namespace, keys) -> {
        Namespace figures = read(node, namespace);
        assertThat(sum(figures.getCounts())).isEqualTo(figures.getCounts().getTotal());
        assertThat(
                figures.getCounts().getUsed()
                    + figures.getCounts().getCustom()
                    + figures.getCounts().getLeased())
            .isGreaterThanOrEqualTo(keys.size());
      });
    }
  }

  private static final class CountsAddUp implements Invariant {
    @Override
    public void answered(Answered answered) {}

    @Override
    public void unanswered(Message request) {}

    @Override
    public void quiet(QuietNode node) {
      for (String name : NAMESPACES) {
        node.call(request(name), Namespace.class);
        KeyCounts counts = read(node, name).getCounts();
        assertThat(sum(counts)).as("%s: %s", name, counts).isEqualTo(counts.getTotal());
        assertThat(
                List.of(
                    counts.getUnused(), counts.getLeased(), counts.getUsed(), counts.getSkipped()))
            .allMatch(count -> count >= 0);
      }
    }
  }

  private static Namespace read(QuietNode node, String name) {
    return node.call(GetNamespaceRequest.newBuilder().setNamespace(name).build(), Namespace.class);
  }

  private static long sum(KeyCounts counts) {
    return counts.getUnused() + counts.getLeased() + counts.getUsed() + counts.getSkipped();
  }
}
