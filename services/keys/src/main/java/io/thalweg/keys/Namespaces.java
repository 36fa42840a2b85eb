package io.thalweg.keys;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.keys.space.BlockedWords;
import io.thalweg.keys.space.KeyMaker;
import io.thalweg.keys.space.KeyText;
import io.thalweg.keys.space.Permutation;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceResponse;
import io.thalweg.keys.v1.NamespaceCreated;
import io.thalweg.keys.v1.NamespaceDeleted;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.keys.v1.Order;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Creates and deletes namespaces. */
final class Namespaces {
  private static final String ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";
  private static final String TIME_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int LENGTH = 8;
  private static final int SAMPLE = 1_024;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

  private final Tables tables;
  private final long mostOfProject;
  private final Reads reads;

  Namespaces(Tables tables, Reads reads, long mostOfProject) {
    this.mostOfProject = mostOfProject;
    this.tables = tables;
    this.reads = reads;
  }

  io.thalweg.keys.v1.Namespace create(CreateNamespaceRequest request, CommandContext context) {
    String name = request.getNamespace();
    if (!NAME.matcher(name).matches()) {
      throw Failure.invalid(
          "namespace",
          "must be of letters, digits, '-', '_' and '.'; got '" + Failure.quote(name) + "'");
    }
    NamespaceSettings settings = inEffect(request.getSettings());
    Namespace present = tables.index().find(context.caller().project(), name);
    if (present != null) {
      if (!present.row().getSettings().equals(settings)) {
        throw Failure.of(
            Code.ALREADY_EXISTS, "there is a namespace '" + name + "' with other settings");
      }
      return reads.describe(present, context.logTimeUs());
    }
    if (tables.index().count(context.caller().project()) >= mostOfProject) {
      throw Bounds.exhausted(
          "quota keys.namespaces: the project has %d in this partition and may have %d"
              .formatted(tables.index().count(context.caller().project()), mostOfProject));
    }
    checkBlocklist(settings, context.random());
    context.emit(
        NamespaceCreated.newBuilder()
            .setNamespace(name)
            .setNamespaceId(context.random().nextLong() >>> 2)
            .setSettings(settings)
            .setOrderKey(draw(context.random()))
            .setMaskKey(draw(context.random()))
            .build());
    return reads.describe(
        tables.index().get(context.caller().project(), name), context.logTimeUs());
  }

  DeleteNamespaceResponse delete(DeleteNamespaceRequest request, CommandContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    context.emit(
        NamespaceDeleted.newBuilder()
            .setNamespace(namespace.name())
            .setNamespaceId(namespace.id())
            .build());
    return DeleteNamespaceResponse.getDefaultInstance();
  }

  private static ByteString draw(RandomGenerator random) {
    byte[] key = new byte[Permutation.KEY_BYTES];
    random.nextBytes(key);
    return ByteString.copyFrom(key);
  }

  /** The settings with what is not given, checked. */
  private static NamespaceSettings inEffect(NamespaceSettings given) {
    NamespaceSettings.Builder settings = given.toBuilder();
    switch (given.getOrder()) {
      case ORDER_UNSPECIFIED -> settings.setOrder(Order.UNGUESSABLE);
      case UNGUESSABLE, SEQUENTIAL, TIME_ORDERED -> {}
      case UNRECOGNIZED ->
          throw Failure.invalid(
              "settings.order", "must be a known order; got " + given.getOrderValue());
    }
    boolean byTime = settings.getOrder() == Order.TIME_ORDERED;
    if (given.getAlphabet().isEmpty()) {
      settings.setAlphabet(byTime ? TIME_ALPHABET : ALPHABET);
    }
    checkAlphabet(settings.getAlphabet(), byTime);
    int symbols = settings.getAlphabet().length();
    if (byTime) {
      if (given.getLength() != 0) {
        throw Failure.invalid(
            "settings.length", "must not be given for time-ordered keys; got " + given.getLength());
      }
      settings.setLength(KeyText.lengthOfAnyNumber(symbols));
      if (settings.getLength() > 32) {
        throw Failure.invalid(
            "settings.alphabet", "must have at least 4 characters for time-ordered keys");
      }
    } else {
      settings.setLength(given.getLength() == 0 ? LENGTH : given.getLength());
      if (KeyText.sizeOf(symbols, settings.getLength()) > Permutation.MAX_SIZE) {
        throw Failure.invalid(
            "settings.length",
            "must be so that there are at most 2^62 keys of %d characters; got %d"
                .formatted(symbols, settings.getLength()));
      }
    }
    for (int i = 0; i < given.getBlocklistCount(); i++) {
      Bounds.checkAscii("settings.blocklist[" + i + "].word", given.getBlocklist(i).getWord());
    }
    if (given.getBlocklistCount() > 0 && settings.getOrder() != Order.UNGUESSABLE) {
      throw Failure.invalid(
          "settings.blocklist", "must be empty unless the order is UNGUESSABLE; got words");
    }
    return settings.build();
  }

  private static void checkAlphabet(String alphabet, boolean ascending) {
    Bounds.checkAscii("settings.alphabet", alphabet);
    if (alphabet.length() < 2) {
      throw Failure.invalid("settings.alphabet", "must have at least 2 characters; got 1");
    }
    if (alphabet.chars().distinct().count() < alphabet.length()) {
      throw Failure.invalid("settings.alphabet", "must have each character once; got one twice");
    }
    for (int i = 1; ascending && i < alphabet.length(); i++) {
      if (alphabet.charAt(i - 1) > alphabet.charAt(i)) {
        throw Failure.invalid(
            "settings.alphabet",
            "must be ascending for time-ordered keys; got '%c' before '%c'"
                .formatted(alphabet.charAt(i - 1), alphabet.charAt(i)));
      }
    }
  }

  /** A namespace most of which is blocked would be searched for long for each key. */
  private static void checkBlocklist(NamespaceSettings settings, RandomGenerator random) {
    if (settings.getBlocklistCount() == 0) {
      return;
    }
    KeyText text = Namespace.text(settings);
    BlockedWords words = Namespace.words(settings);
    KeyMaker maker = new KeyMaker(text, null, words);
    @Nullable String[] key = new @Nullable String[1];
    int blocked = 0;
    for (int i = 0; i < SAMPLE; i++) {
      maker.make(random.nextLong(text.size()), 1, key);
      blocked += key[0] == null ? 1 : 0;
    }
    if (blocked > SAMPLE / 2) {
      throw Failure.invalid(
          "settings.blocklist",
          "must leave half of the keys; it refused %d of %d".formatted(blocked, SAMPLE));
    }
  }
}
