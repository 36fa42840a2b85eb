package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import io.thalweg.contract.Sealed;
import io.thalweg.host.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Prints what keys cost on this machine, in a directory that is given: its disk counts. */
final class KeyFigures {
  private static final int KEYS = 100_000;
  private static final ByteString NAME = ByteString.copyFromUtf8("Ana Ruiz of Sevilla");

  private KeyFigures() {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory(Path.of(args[0]), "key-figures");
    try (DirectoryKeys kept = DirectoryKeys.open(directory.resolve("keys"), id -> {})) {
      KeyRing ring = new KeyRing(kept, Host.machine());
      List<SubjectKey> batch = new ArrayList<>();
      long start = System.nanoTime();
      for (int i = 0; i < KEYS; i++) {
        batch.add(ring.draw(subject(i)));
        if (batch.size() == 1000) {
          ring.change(batch, List.of());
          batch.clear();
        }
      }
      say("new keys in batches of 1,000, each", start, KEYS);
      start = System.nanoTime();
      for (int i = 0; i < 200; i++) {
        ring.change(List.of(ring.draw(subject(KEYS + i))), List.of());
      }
      say("a batch with one new key", start, 200);
      Subject ana = subject(1);
      SubjectKey key = ring.of(ana.hash()).getFirst();
      for (int round = 0; round < 3; round++) {
        start = System.nanoTime();
        for (int i = 0; i < 100_000; i++) {
          ring.seal(ana, key, NAME);
        }
        say("seal", start, 100_000);
        Sealed sealed = ring.seal(ana, key, NAME);
        start = System.nanoTime();
        for (int i = 0; i < 100_000; i++) {
          ring.unseal("profiles", 0, sealed);
        }
        say("unseal, key in memory", start, 100_000);
        start = System.nanoTime();
        for (int i = 0; i < 20_000; i++) {
          ring.of(subject(i + 20_000 * round).hash());
        }
        say("key that is not in memory", start, 20_000);
      }
      start = System.nanoTime();
      for (int i = 0; i < 50; i++) {
        ring.change(List.of(), List.of(ring.of(subject(i).hash()).getFirst().name()));
      }
      say("a batch that forgets one of " + KEYS, start, 50);
      List<KeyName> many = new ArrayList<>();
      for (int i = 1000; i < 2000; i++) {
        many.add(ring.of(subject(i).hash()).getFirst().name());
      }
      start = System.nanoTime();
      ring.change(List.of(), many);
      say("a batch that forgets 1,000", start, 1);
    }
  }

  private static Subject subject(int number) {
    return Subject.of("profiles", 0, "subject-" + number);
  }

  private static void say(String what, long startNs, int times) {
    System.out.printf("%-40s %,12.1f us%n", what, (System.nanoTime() - startNs) / 1e3 / times);
  }
}
