package io.thalweg.testkit.linear;

import io.thalweg.testkit.linear.Models.Add;
import io.thalweg.testkit.linear.Models.Get;
import io.thalweg.testkit.linear.Models.Input;
import io.thalweg.testkit.linear.Models.Put;
import io.thalweg.testkit.linear.Models.Swap;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Histories of a real register whose clients are slow at random. */
final class RandomHistories {
  private final Random random;
  private final int clients;
  private final int values;
  private final double unknownShare;

  private int value;
  private long now;

  private record Asked(long number, Input input) {}

  private record Decided(long number, String output) {}

  RandomHistories(Random random, int clients, int values, double unknownShare) {
    this.random = random;
    this.clients = clients;
    this.values = values;
    this.unknownShare = unknownShare;
  }

  /** A history that is linearizable, because it was. */
  List<Operation<Input, String>> next(int size) {
    value = 0;
    History<Input, String> history = new History<>(() -> now);
    List<Asked> waiting = new ArrayList<>();
    List<Decided> done = new ArrayList<>();
    int invoked = 0;
    while (invoked < size || !waiting.isEmpty() || !done.isEmpty()) {
      now += random.nextInt(3);
      int choice = random.nextInt(3);
      if (choice == 0 && invoked < size && waiting.size() + done.size() < clients) {
        int client = invoked++;
        Input input = input();
        Asked asked = new Asked(history.invoke(client, "k", input), input);
        if (random.nextDouble() < unknownShare && random.nextBoolean()) {
          history.unknown(asked.number()); // Lost on its way.
        } else {
          waiting.add(asked);
        }
      } else if (choice == 1 && !waiting.isEmpty()) {
        Asked asked = waiting.remove(random.nextInt(waiting.size()));
        var step = Models.register(value, asked.input());
        value = step.state();
        done.add(new Decided(asked.number(), step.output()));
      } else if (choice == 2 && !done.isEmpty()) {
        Decided decided = done.remove(random.nextInt(done.size()));
        if (random.nextDouble() < unknownShare) {
          history.unknown(decided.number()); // The answer was lost.
        } else {
          history.returned(decided.number(), decided.output());
        }
      }
    }
    return history.operations();
  }

  private Input input() {
    return switch (random.nextInt(6)) {
      case 0, 1 -> new Put(random.nextInt(values));
      case 2 -> new Swap(random.nextInt(values), random.nextInt(values));
      case 3 -> new Add();
      default -> new Get();
    };
  }

  /** The same history with one answer replaced by another one. */
  List<Operation<Input, String>> withOneAnswer(
      List<Operation<Input, String>> history, String answer) {
    List<Integer> answered = new ArrayList<>();
    for (int i = 0; i < history.size(); i++) {
      if (history.get(i).output().filter(output -> !output.equals(answer)).isPresent()) {
        answered.add(i);
      }
    }
    List<Operation<Input, String>> changed = new ArrayList<>(history);
    if (!answered.isEmpty()) {
      int index = answered.get(random.nextInt(answered.size()));
      Operation<Input, String> o = history.get(index);
      changed.set(
          index,
          Operation.answered(
              o.client(), o.key(), o.input(), answer, o.invokedAt(), o.returnedAt()));
    }
    return changed;
  }
}
