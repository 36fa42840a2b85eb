package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.contract.Sealed;
import io.thalweg.runtime.keys.KeyName;
import io.thalweg.runtime.keys.OpenKeys;
import io.thalweg.runtime.keys.Subject;
import io.thalweg.runtime.system.SubjectForgotten;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the command that is being decided seals, unseals and forgets: the bounds, over the keys of
 * the open batch.
 *
 * <p>Used by the partition's thread.
 */
final class Sealing {
  /** The most bytes of a value. */
  static final int MAX_PLAINTEXT_BYTES = 64 << 10;

  /** The most keys that a command may make and forget. */
  static final int MAX_CHANGED_KEYS = 1024;

  private final String service;
  private final OpenKeys keys;
  private int project;

  Sealing(String service, OpenKeys keys) {
    this.service = service;
    this.keys = keys;
  }

  /** What follows is of a project. */
  void enter(int number) {
    project = number;
  }

  void savepoint() {
    keys.savepoint();
  }

  void undo() {
    keys.undo();
  }

  /** Makes it durable, before the batch is appended. */
  void close() {
    keys.close();
  }

  Sealed seal(String subject, ByteString plaintext) {
    if (plaintext.size() > MAX_PLAINTEXT_BYTES) {
      throw Failure.invalid(
          "sealed value",
          "must have at most %d bytes; got %d".formatted(MAX_PLAINTEXT_BYTES, plaintext.size()));
    }
    checkCount();
    Subject of = subjectOf(subject);
    return KnownKeys.with(() -> {
      if (keys.isFullFor(of)) {
        throw Failure.of(
            Code.RESOURCE_EXHAUSTED,
            "there are as many keys of subjects as the nodes of a cluster may share; forget some");
      }
      return keys.seal(of, plaintext);
    });
  }

  Optional<ByteString> unseal(Sealed sealed) {
    return KnownKeys.with(() -> keys.unseal(service, project, sealed));
  }

  /** The record of forgetting a subject, or null if it has no keys. */
  @Nullable SubjectForgotten recordOf(String name) {
    Subject subject = subjectOf(name);
    List<KeyName> names = KnownKeys.with(() -> keys.namesOf(subject));
    if (names.isEmpty()) {
      return null;
    }
    checkCount();
    SubjectForgotten.Builder record = SubjectForgotten.newBuilder().setSubject(name);
    names.forEach(each -> record.addKeyIds(each.id()));
    return record.build();
  }

  /** The record is in the batch: the keys that it names are forgotten. */
  void forget(SubjectForgotten record) {
    Subject subject = Subject.of(service, project, record.getSubject());
    keys.forget(
        record.getKeyIdsList().stream().map(id -> new KeyName(subject.hash(), id)).toList());
  }

  private Subject subjectOf(String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > Subject.MAX_NAME_BYTES) {
      throw Failure.invalid(
          "subject",
          "must have 1 to %d bytes of UTF-8; got %d".formatted(Subject.MAX_NAME_BYTES, bytes));
    }
    return Subject.of(service, project, name);
  }

  // Roughly: who has changed so many may not seal for those that have a key either.
  private void checkCount() {
    if (keys.changedSinceSavepoint() >= MAX_CHANGED_KEYS) {
      throw Failure.of(
          Code.INVALID_ARGUMENT,
          "the request makes and forgets the keys of %d subjects, the most that one may"
              .formatted(MAX_CHANGED_KEYS));
    }
  }
}
