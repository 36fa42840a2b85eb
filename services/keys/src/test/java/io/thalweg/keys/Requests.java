package io.thalweg.keys;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.thalweg.keys.space.BlockedWords;
import io.thalweg.keys.space.KeyMaker;
import io.thalweg.keys.space.KeyText;
import io.thalweg.keys.space.Permutation;
import io.thalweg.keys.v1.BlockedWord;
import io.thalweg.keys.v1.ClaimKeyRequest;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.LeaseKeysRequest;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.LeaseProgress;
import io.thalweg.keys.v1.NamedKey;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.keys.v1.NextKeysRequest;
import io.thalweg.keys.v1.Order;
import io.thalweg.keys.v1.ReleaseKeysRequest;
import io.thalweg.keys.v1.ReturnLeaseRequest;
import io.thalweg.keys.v1.Run;
import io.thalweg.keys.v1.UseKeysRequest;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Requests of tests, and what a holder makes of a leased block. */
final class Requests {
  private Requests() {}

  static CreateNamespaceRequest create(String name, Order order, String alphabet, int length) {
    return CreateNamespaceRequest.newBuilder()
        .setNamespace(name)
        .setSettings(
            NamespaceSettings.newBuilder().setOrder(order).setAlphabet(alphabet).setLength(length))
        .build();
  }

  static NextKeysRequest next(String name, int count) {
    return NextKeysRequest.newBuilder().setNamespace(name).setCount(count).build();
  }

  static LeaseKeysRequest lease(String name, int count) {
    return LeaseKeysRequest.newBuilder().setNamespace(name).setCount(count).build();
  }

  static ReturnLeaseRequest giveBack(String name, long epoch, long handedOut) {
    return ReturnLeaseRequest.newBuilder()
        .setNamespace(name)
        .setLease(LeaseProgress.newBuilder().setEpoch(epoch).setHandedOut(handedOut))
        .build();
  }

  static ClaimKeyRequest claim(String name, String key) {
    return ClaimKeyRequest.newBuilder().setNamespace(name).setKey(key).build();
  }

  static UseKeysRequest use(String name, String... keys) {
    return UseKeysRequest.newBuilder().setNamespace(name).addAllKeys(named(keys)).build();
  }

  static ReleaseKeysRequest release(String name, String... keys) {
    return ReleaseKeysRequest.newBuilder().setNamespace(name).addAllKeys(named(keys)).build();
  }

  private static List<NamedKey> named(String... keys) {
    return Arrays.stream(keys).map(key -> NamedKey.newBuilder().setKey(key).build()).toList();
  }

  /** The keys of a leased block in their order, without those that are blocked. */
  static List<String> keysOf(LeaseKeysResponse lease) {
    NamespaceSettings settings = lease.getRecipe().getSettings();
    KeyText text =
        new KeyText(settings.getAlphabet(), settings.getLength(), settings.getCheckCharacter());
    byte[] mask = lease.getRecipe().getMask().toByteArray();
    KeyMaker maker =
        new KeyMaker(
            text,
            mask.length == 0 ? null : new Permutation(mask, text.size()),
            new BlockedWords(
                settings.getBlocklistList().stream().map(BlockedWord::getWord).toList()));
    List<String> keys = new ArrayList<>();
    @Nullable String[] made = new @Nullable String[KeyMaker.GROUP];
    for (Run run : lease.getRunsList()) {
      for (long done = 0; done < run.getCount(); done += KeyMaker.GROUP) {
        int count = (int) Math.min(KeyMaker.GROUP, run.getCount() - done);
        maker.make(run.getStart() + done, count, made);
        Arrays.stream(made).limit(count).filter(Objects::nonNull).forEach(keys::add);
      }
    }
    return keys;
  }

  static Failure failureOf(ThrowingCallable call) {
    return Objects.requireNonNull(catchThrowableOfType(Failure.class, call));
  }
}
