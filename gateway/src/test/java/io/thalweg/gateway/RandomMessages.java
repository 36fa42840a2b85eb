package io.thalweg.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.thalweg.gateway.test.Everything;
import java.util.Random;

/** Messages with random fields, the same for the same seed. */
final class RandomMessages {
  private static final int MAX_DEPTH = 3;
  private static final String[] TEXTS = {
    "",
    "a",
    "two words",
    "\"quoted\" \\ back",
    "tab\tline\n",
    "Ünïcödé",
    "😀",
    "\u0000\u001f",
    "</script>"
  };

  private final Random random;

  RandomMessages(long seed) {
    this.random = new Random(seed);
  }

  Everything next() {
    return (Everything) fill(Everything.newBuilder(), 0);
  }

  /** One of any type. */
  Message next(Message.Builder builder) {
    return fill(builder, 0);
  }

  private Message fill(Message.Builder builder, int depth) {
    for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
      // Well-known types have bounds of their own; they are tested by example.
      boolean known =
          field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              && field.getMessageType().getFullName().startsWith("google.protobuf.");
      if (known || random.nextInt(3) == 0) {
        continue;
      }
      if (field.isMapField()) {
        Message entry = fill(builder.newBuilderForField(field), depth + 1);
        builder.addRepeatedField(field, entry);
      } else if (field.isRepeated()) {
        for (int i = random.nextInt(4); i > 0; i--) {
          builder.addRepeatedField(field, value(builder, field, depth));
        }
      } else if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE || depth < MAX_DEPTH) {
        builder.setField(field, value(builder, field, depth));
      }
    }
    return builder.build();
  }

  private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> random.nextBoolean() ? random.nextInt() : random.nextInt(3) - 1;
      case LONG -> random.nextBoolean() ? random.nextLong() : random.nextInt(3) - 1L;
      case FLOAT -> floating().floatValue();
      case DOUBLE -> floating();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> TEXTS[random.nextInt(TEXTS.length)];
      case BYTE_STRING -> {
        byte[] bytes = new byte[random.nextInt(8)];
        random.nextBytes(bytes);
        yield ByteString.copyFrom(bytes);
      }
      case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(5));
      case MESSAGE -> fill(builder.newBuilderForField(field), depth + 1);
    };
  }

  private Double floating() {
    return switch (random.nextInt(8)) {
      case 0 -> 0.0;
      case 1 -> 1e-300;
      case 2 -> Double.NaN;
      case 3 -> Double.NEGATIVE_INFINITY;
      case 4 -> (double) random.nextInt();
      case 5 -> 9_007_199_254_740_994d;
      default -> random.nextGaussian();
    };
  }
}
