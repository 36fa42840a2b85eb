package io.thalweg.client.keys;

import io.thalweg.client.CallSettings;
import io.thalweg.client.PendingReply;
import io.thalweg.client.ThalwegException;
import io.thalweg.keys.space.BlockedWords;
import io.thalweg.keys.space.KeyMaker;
import io.thalweg.keys.space.KeyText;
import io.thalweg.keys.space.Permutation;
import io.thalweg.keys.v1.BlockedWord;
import io.thalweg.keys.v1.LeaseKeysRequest;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.LeaseProgress;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.keys.v1.Recipe;
import io.thalweg.keys.v1.ReturnLeaseRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for blocks and hands them back. A request whose outcome is unknown is sent again under its
 * name, so that it leases one block. Guarded by the lock of its source.
 */
final class BlockLeases {
  private static final int MAX_FINISHED = 16;

  private final KeysClient keys;
  private final String namespace;
  private final int blockSize;
  private final Duration lease;
  private final String holder;

  /** Of the leases that are over and that the service was not told of. */
  private final List<LeaseProgress> finished = new ArrayList<>();

  private @Nullable LeaseKeysRequest open;
  private CallSettings openSettings = CallSettings.none();
  private long openSinceNs;

  BlockLeases(KeysClient keys, String namespace, int blockSize, Duration lease, String holder) {
    this.keys = keys;
    this.namespace = namespace;
    this.blockSize = blockSize;
    this.lease = lease;
    this.holder = holder;
  }

  /** Sends a request for a block, or again the one before it. */
  PendingReply<LeaseKeysResponse> ask() {
    LeaseKeysRequest request = open;
    if (request == null) {
      int telling = Math.min(MAX_FINISHED, finished.size());
      request =
          LeaseKeysRequest.newBuilder()
              .setNamespace(namespace)
              .setCount(blockSize)
              .setHolder(holder)
              .setTtlMs(lease.toMillis())
              .addAllFinished(finished.subList(0, telling))
              .build();
      open = request;
      openSettings = CallSettings.none();
      openSinceNs = System.nanoTime();
    }
    PendingReply<LeaseKeysResponse> reply = keys.with(openSettings).leaseKeys(request);
    openSettings = openSettings.withName(reply.requestName().orElseThrow());
    return reply;
  }

  /** A block was leased. */
  KeyBlock leased(LeaseKeysResponse reply) {
    LeaseKeysRequest request = open;
    if (request != null) {
      finished.subList(0, request.getFinishedCount()).clear();
    }
    open = null;
    return new KeyBlock(reply, maker(reply.getRecipe()), openSinceNs + lease.toNanos());
  }

  /** No block: the next request is a new one, unless this may have leased one. */
  void refused(Throwable failure) {
    if (!(failure instanceof ThalwegException refusal && refusal.outcomeUnknown())) {
      open = null;
    }
  }

  /** A block is over; the next request tells it. */
  void finished(LeaseProgress progress) {
    finished.add(progress);
  }

  /** Hands back what is left of all blocks; waits for no answer. */
  List<PendingReply<?>> handBack() {
    List<PendingReply<?>> replies = new ArrayList<>();
    for (LeaseProgress progress : finished) {
      replies.add(
          keys.returnLease(
              ReturnLeaseRequest.newBuilder().setNamespace(namespace).setLease(progress).build()));
    }
    finished.clear();
    return replies;
  }

  private static KeyMaker maker(Recipe recipe) {
    NamespaceSettings settings = recipe.getSettings();
    KeyText text =
        new KeyText(settings.getAlphabet(), settings.getLength(), settings.getCheckCharacter());
    return new KeyMaker(
        text,
        recipe.getMask().isEmpty()
            ? null
            : new Permutation(recipe.getMask().toByteArray(), text.size()),
        new BlockedWords(settings.getBlocklistList().stream().map(BlockedWord::getWord).toList()));
  }
}
