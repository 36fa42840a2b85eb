package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MembersTest {
  @Property(tries = 20)
  void namesAndRecordsAreThoseOfAMap(@ForAll long seed) {
    Random random = new Random(seed);
    Members members = new Members(new EncodedName());
    Map<String, Double> model = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      String name = name(random.nextInt(3000));
      int id = members.find(name);
      assertThat(id >= 0).isEqualTo(model.containsKey(name));
      double score = random.nextDouble();
      if (id < 0) {
        id = members.add(name, score, i, i * 2L);
        model.put(name, score);
      } else if (random.nextInt(3) == 0) {
        members.remove(id);
        model.remove(name);
        assertThat(members.find(name)).isNegative();
        continue;
      } else {
        members.set(id, score, i, i * 2L);
        model.put(name, score);
      }
      assertThat(members.name(id)).isEqualTo(name);
      assertThat(members.score(id)).isEqualTo(score);
      assertThat(members.seq(id)).isEqualTo(i);
      assertThat(members.reachTimeMs(id)).isEqualTo(i * 2L);
    }
    assertThat(members.size()).isEqualTo(model.size());
    int used = 0;
    for (int id = 0; id < members.end(); id++) {
      if (members.isUsed(id)) {
        used++;
        assertThat(model).containsEntry(members.name(id), members.score(id));
      }
    }
    assertThat(used).isEqualTo(model.size());
  }

  @Test
  void namesOfEveryLengthAndScriptComeBackAsTheyWere() {
    Members members = new Members(new EncodedName());
    List<String> names = new ArrayList<>();
    for (int length = 1; length <= 128; length++) {
      names.add("x".repeat(length));
    }
    names.addAll(List.of("\0", "\0\0", "é", "Gareth Bale ⚽", "名前", "𝄞", "a\0", " a", "a "));
    for (String name : names) {
      members.add(name, 1, 1, 1);
    }
    for (int i = 0; i < names.size(); i++) {
      // A new object with the same characters.
      assertThat(members.find(String.valueOf(names.get(i).toCharArray()))).isEqualTo(i);
      assertThat(members.name(i)).isEqualTo(names.get(i));
    }
  }

  @Test
  void membersThatComeAndGoUseTheSamePlaces() {
    Members members = new Members(new EncodedName());
    for (int i = 0; i < 200_000; i++) {
      int id = members.add("member-" + (1_000_000 + i), i, i, i);
      assertThat(id).isLessThan(100);
      if (members.size() == 100) {
        members.remove(members.find("member-" + (1_000_000 + i - 99)));
      }
    }
    assertThat(members.end()).isLessThanOrEqualTo(100);
  }

  private static String name(int i) {
    return switch (i % 3) {
      case 0 -> "m" + i;
      case 1 -> "a rather longer name of a member, number " + i;
      default -> "é".repeat(1 + i % 60) + i;
    };
  }
}
