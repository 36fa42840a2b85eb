package io.thalweg.testkit;

import io.thalweg.testkit.vault.ForgetRequest;
import io.thalweg.testkit.vault.GetRequest;
import io.thalweg.testkit.vault.PutRequest;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Personal data that is forgotten, whatever goes wrong meanwhile. */
class VaultSimulationTests {
  private static final List<String> SUBJECTS = List.of("a", "b", "c");
  private static final List<String> PROFILES = List.of("a/1", "a/2", "a/3", "b/1", "b/2", "c/1");

  @SimulationTest(seeds = 400)
  void whatIsSealedReadsAsIfOneMemoryHeldItAndForgotIt(Seeds seeds) {
    Simulation.of(VaultService.TYPE)
        .ask(
            3,
            random -> {
              String subject = any(SUBJECTS, random);
              return put(subject, subject, random);
            })
        .ask(random -> forget(any(SUBJECTS, random), random))
        .ask(2, random -> get(any(SUBJECTS, random)))
        .model(VaultService.model())
        .run(seeds);
  }

  @SimulationTest(seeds = 400)
  void aSubjectIsForgottenInAllPartitionsAtOnce(Seeds seeds) {
    shared(PROFILES, 3).run(seeds);
  }

  @SimulationTest(seeds = 100)
  void whatWasForgottenBeforeABackupStaysForgottenWhicheverIsRestored(Seeds seeds) {
    restored().meets(List.of(), Situation.BACKUP_RESTORED).run(seeds);
  }

  /** Runs of which a backup is restored at the end; most subjects are new, and few forgotten. */
  static Simulation restored() {
    List<String> many = IntStream.range(0, 40).mapToObj(i -> "s" + i + "/1").toList();
    return shared(many, 12).restores();
  }

  private static Simulation shared(List<String> profiles, int puts) {
    return Simulation.of(VaultService.TYPE)
        .ask(
            puts,
            random -> {
              String profile = any(profiles, random);
              return put(profile, WhatIsForgottenStaysForgotten.subjectOf(profile), random);
            })
        .ask(random ->
            forget(WhatIsForgottenStaysForgotten.subjectOf(any(profiles, random)), random))
        .ask(3, random -> get(any(profiles, random)))
        .invariant(() -> new WhatIsForgottenStaysForgotten(profiles));
  }

  private static String any(List<String> names, RandomGenerator random) {
    return names.get(random.nextInt(names.size()));
  }

  // Each name is another one.
  private static PutRequest put(String profile, String subject, RandomGenerator random) {
    return PutRequest.newBuilder()
        .setProfile(profile)
        .setSubject(subject)
        .setName(Long.toHexString(random.nextLong()))
        .build();
  }

  private static ForgetRequest forget(String subject, RandomGenerator random) {
    return ForgetRequest.newBuilder().setSubject(subject).setRefuse(random.nextInt(3) == 0).build();
  }

  private static GetRequest get(String profile) {
    return GetRequest.newBuilder().setProfile(profile).build();
  }
}
