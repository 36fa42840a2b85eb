package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.runtime.test.BeatRequest;
import io.thalweg.runtime.test.ListUsersRequest;
import io.thalweg.runtime.test.PresenceProto;
import io.thalweg.runtime.test.Users;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals and what they leave in memory. */
class SignalsTest {
  private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);
  private static final int MAX_ENTRIES = 10;
  private static final ServiceType TYPE =
      ServiceType.of(
          PresenceProto.getDescriptor().findServiceByName("Presence"), SignalsTest::define);

  @TempDir Path data;

  private static void define(Definition d) {
    Ephemeral<String, Boolean> present = d.ephemeral("present", MAX_ENTRIES);
    d.signal(
        BeatRequest.class,
        Users.class,
        (request, context) -> {
          if (request.getLeave()) {
            present.remove(request.getUser());
          } else {
            present.put(request.getUser(), true, request.getTtlUs());
          }
          return users(present);
        });
    d.query(
        ListUsersRequest.class,
        Users.class,
        (request, context) -> {
          if (request.getWrite()) {
            present.put("x", true, 1);
          }
          return users(present);
        });
  }

  private static Users users(Ephemeral<String, Boolean> present) {
    Users.Builder users = Users.newBuilder();
    present.list(100).forEach(entry -> users.addUsers(entry.key()));
    return users.build();
  }

  private Node open() {
    return Thalweg.at(data).service(TYPE).options(NodeOptions.defaults().withPartitions(1)).open();
  }

  private static List<String> beat(Node node, String room, String user, long ttlUs) {
    return node.call(
            BeatRequest.newBuilder().setRoom(room).setUser(user).setTtlUs(ttlUs).build(),
            Users.class)
        .getUsersList();
  }

  private static List<String> list(Node node, String room) {
    return node.call(ListUsersRequest.newBuilder().setRoom(room).build(), Users.class)
        .getUsersList();
  }

  @Test
  void whatIsPutIsThereUntilItsTimeIsOver() {
    try (Node node = open()) {
      assertThat(beat(node, "r", "stays", HOUR_US)).containsExactly("stays");
      beat(node, "r", "goes", 20_000);
      Bank.await("one to vanish", () -> !list(node, "r").contains("goes"));
      assertThat(list(node, "r")).containsExactly("stays");
      assertThat(list(node, "another room")).isEmpty();
      BeatRequest leave =
          BeatRequest.newBuilder().setRoom("r").setUser("stays").setLeave(true).build();
      assertThat(node.call(leave, Users.class).getUsersList()).isEmpty();
    }
  }

  @Test
  void aSignalIsNeverLoggedAndGoneWhenTheNodeOpensAgain() {
    try (Node node = open()) {
      long endOffset = node.status().partitions().getFirst().endOffset();
      for (int i = 0; i < 5; i++) {
        beat(node, "r", "u" + i, HOUR_US);
      }
      assertThat(list(node, "r")).hasSize(5);
      assertThat(node.status().partitions().getFirst().endOffset()).isEqualTo(endOffset);
    }
    try (Node node = open()) {
      assertThat(list(node, "r")).isEmpty();
    }
  }

  @Test
  void atTheBoundANewOneIsRefusedNamingItAndAKnownOneIsNot() {
    try (Node node = open()) {
      for (int i = 0; i < MAX_ENTRIES; i++) {
        beat(node, "r" + i, "u", HOUR_US);
      }
      assertThatThrownBy(() -> beat(node, "r", "one more", HOUR_US))
          .isInstanceOfSatisfying(
              Failure.class,
              f -> {
                assertThat(f.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
                assertThat(f.isRetryable()).isTrue();
              })
          .hasMessageContaining("'present' has 10 entries");
      beat(node, "r0", "u", 1);
      Bank.await(
          "room for one more",
          () -> {
            try {
              return beat(node, "r", "one more", HOUR_US).size() == 1;
            } catch (Failure full) {
              return false;
            }
          });
    }
  }

  @Test
  void aTimeToLiveOutOfItsBoundsIsRefused() {
    try (Node node = open()) {
      assertThatThrownBy(() -> beat(node, "r", "u", 0))
          .hasMessageContaining("ttl_us must be from 1 to 86400000000 microseconds; got 0");
    }
  }

  @Test
  void onlySignalsWrite() {
    try (Node node = open()) {
      ListUsersRequest write = ListUsersRequest.newBuilder().setRoom("r").setWrite(true).build();
      assertThatThrownBy(() -> node.call(write, Users.class))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.INTERNAL));
      assertThat(list(node, "r")).isEmpty();
    }
  }

  @Test
  void projectsDoNotSeeEachOthersEntries() {
    try (Node node = open()) {
      BeatRequest beat =
          BeatRequest.newBuilder().setRoom("r").setUser("u").setTtlUs(HOUR_US).build();
      node.call(new Request(beat, new Caller(7, ""), null, Long.MAX_VALUE), Users.class);
      assertThat(list(node, "r")).isEmpty();
    }
  }
}
