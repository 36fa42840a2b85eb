package io.thalweg.testkit;

import com.google.protobuf.Message;
import io.thalweg.testkit.vault.Done;
import io.thalweg.testkit.vault.ForgetRequest;
import io.thalweg.testkit.vault.GetRequest;
import io.thalweg.testkit.vault.Name;
import io.thalweg.testkit.vault.PutRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Of profiles in several partitions that share subjects: a name that was put before its subject was
 * forgotten is not read after that, and one that was put after the last time is.
 *
 * <p>Of a node that is restored: what was forgotten before the last backup is not read whichever
 * backup it was, and what was never forgotten has its key.
 *
 * <p>An operation began after the answer that its client had before it. So what is said here of
 * before and after is certain; what may have been at once is not judged.
 */
final class WhatIsForgottenStaysForgotten implements Invariant {
  private final List<String> profiles;
  private final List<Operation> done = new ArrayList<>();
  private final List<Read> reads = new ArrayList<>();
  private final Map<Integer, Integer> lastOfClient = new HashMap<>();
  private final List<Message> unknown = new ArrayList<>();
  private int now;
  private int backupBegan;
  private int lastWholeBackupBegan;

  /** Began after {@code from}, ended at {@code to}. */
  private record Operation(Message request, int from, int to) {
    boolean isBefore(Operation other) {
      return to <= other.from;
    }
  }

  private record Read(Operation operation, String name) {
    String profile() {
      return ((GetRequest) operation.request()).getProfile();
    }
  }

  WhatIsForgottenStaysForgotten(List<String> profiles) {
    this.profiles = profiles;
  }

  /** The subject of a profile, which is named {@code subject/profile}. */
  static String subjectOf(String profile) {
    return profile.substring(0, profile.indexOf('/'));
  }

  @Override
  public void answered(Answered answered) {
    now++;
    Operation operation =
        new Operation(answered.request(), lastOfClient.getOrDefault(answered.client(), 0), now);
    lastOfClient.put(answered.client(), now);
    if (!(answered.outcome() instanceof Outcome.Replied replied)) {
      return;
    }
    if (replied.reply() instanceof Name name) {
      reads.add(new Read(operation, name.getName()));
    } else {
      done.add(operation);
    }
  }

  @Override
  public void unanswered(Message request) {
    unknown.add(request);
  }

  private void check(Read read) {
    if (read.name().isEmpty()) {
      if (mustRead(read)) {
        throw new AssertionError(
            "nothing was read of %s, where a name was put and not forgotten"
                .formatted(read.profile()));
      }
    } else if (wasForgotten(read)) {
      throw new AssertionError(
          "'%s' of %s was read after it was forgotten".formatted(read.name(), read.profile()));
    }
  }

  private boolean wasForgotten(Read read) {
    return done.stream()
        .filter(o -> o.request() instanceof PutRequest p && p.getName().equals(read.name()))
        .anyMatch(put ->
            done.stream()
                .filter(o -> isForget(o, read.profile()))
                .anyMatch(f -> put.isBefore(f) && f.isBefore(read.operation())));
  }

  private boolean mustRead(Read read) {
    String subject = subjectOf(read.profile());
    if (unknown.stream()
        .anyMatch(m -> m instanceof ForgetRequest f && f.getSubject().equals(subject))) {
      return false;
    }
    return done.stream()
        .filter(o -> o.request() instanceof PutRequest p && p.getProfile().equals(read.profile()))
        .anyMatch(put ->
            put.isBefore(read.operation())
                && done.stream()
                    .filter(o -> isForget(o, read.profile()))
                    .allMatch(f -> f.isBefore(put) || read.operation().isBefore(f)));
  }

  private static boolean isForget(Operation operation, String profile) {
    return operation.request() instanceof ForgetRequest f
        && f.getSubject().equals(subjectOf(profile));
  }

  @Override
  public void quiet(QuietNode node) {
    // Only now it is known what was under way at each moment.
    for (String profile : profiles) {
      GetRequest get = GetRequest.newBuilder().setProfile(profile).build();
      reads.add(new Read(new Operation(get, now, now + 1), read(node, profile)));
    }
    reads.forEach(this::check);
    forgetAll(node);
  }

  private void forgetAll(QuietNode node) {
    for (String subject : profiles.stream().map(p -> subjectOf(p)).distinct().toList()) {
      node.call(ForgetRequest.newBuilder().setSubject(subject).build(), Done.class);
    }
    for (String profile : profiles) {
      expect(node, profile, "");
    }
    String first = profiles.getFirst();
    node.call(
        PutRequest.newBuilder()
            .setProfile(first)
            .setSubject(subjectOf(first))
            .setName("anew")
            .build(),
        Done.class);
    expect(node, first, "anew");
  }

  @Override
  public void backupBegins() {
    backupBegan = now;
  }

  @Override
  public void backedUp() {
    lastWholeBackupBegan = backupBegan;
  }

  @Override
  public void restored(QuietNode node) {
    for (String profile : profiles) {
      GetRequest get = GetRequest.newBuilder().setProfile(profile).build();
      Name read = node.call(get, Name.class);
      if (read.getForgotten() && !mayBeForgotten(profile)) {
        throw new AssertionError(profile + " cannot be read, and nobody forgot its subject");
      }
      if (!read.getName().isEmpty() && wasForgottenBeforeTheBackup(profile, read.getName())) {
        throw new AssertionError(
            "'%s' of %s was forgotten, and came back with a backup"
                .formatted(read.getName(), profile));
      }
    }
    forgetAll(node);
  }

  private boolean mayBeForgotten(String profile) {
    return done.stream().anyMatch(o -> isForget(o, profile))
        || unknown.stream()
            .anyMatch(
                m -> m instanceof ForgetRequest f && f.getSubject().equals(subjectOf(profile)));
  }

  private boolean wasForgottenBeforeTheBackup(String profile, String name) {
    return done.stream()
        .filter(o -> o.request() instanceof PutRequest p && p.getName().equals(name))
        .anyMatch(put ->
            done.stream()
                .filter(o -> isForget(o, profile) && o.to() <= lastWholeBackupBegan)
                .anyMatch(put::isBefore));
  }

  private static void expect(QuietNode node, String profile, String name) {
    String read = read(node, profile);
    if (!read.equals(name)) {
      throw new AssertionError("%s is '%s', not '%s'".formatted(profile, read, name));
    }
  }

  private static String read(QuietNode node, String profile) {
    return node.call(GetRequest.newBuilder().setProfile(profile).build(), Name.class).getName();
  }
}
