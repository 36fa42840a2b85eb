package io.thalweg.contract.check;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import io.thalweg.contract.FieldRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Compares the bounds of request fields: looser ones are allowed, tighter ones are not. */
final class Bounds {
  private Bounds() {}

  /** Every bound that refuses what was accepted. */
  static List<String> tightened(FieldDescriptor before, FieldDescriptor after) {
    FieldRule was = Contract.ruleOf(before);
    FieldRule is = Contract.ruleOf(after);
    boolean unsigned = isUnsigned(after);
    List<String> tighter = new ArrayList<>();
    if (is.getRequired() && !was.getRequired()) {
      tighter.add("it became required");
    }
    int least = Math.max(was.getMinLength(), was.getRequired() ? 1 : 0);
    if (is.getMinLength() > least) {
      tighter.add("min_length was %d and is %d".formatted(least, is.getMinLength()));
    }
    if (is.getMaxLength() > 0
        && (was.getMaxLength() == 0 || is.getMaxLength() < was.getMaxLength())) {
      tighter.add(
          "max_length was %s and is %d"
              .formatted(shown(was.getMaxLength() > 0, was.getMaxLength()), is.getMaxLength()));
    }
    if (is.hasMin()
        && (!was.hasMin() || compare(is.getMin(), was.getMin(), unsigned) > 0)
        && !(unsigned && is.getMin() == 0)) {
      tighter.add("min was %s and is %d".formatted(shown(was.hasMin(), was.getMin()), is.getMin()));
    }
    if (is.hasMax() && (!was.hasMax() || compare(is.getMax(), was.getMax(), unsigned) < 0)) {
      tighter.add("max was %s and is %d".formatted(shown(was.hasMax(), was.getMax()), is.getMax()));
    }
    if (is.getFinite() && !was.getFinite()) {
      tighter.add("it must be finite now");
    }
    return tighter;
  }

  private static String shown(boolean present, long bound) {
    return present ? Long.toString(bound) : "none";
  }

  private static int compare(long left, long right, boolean unsigned) {
    return unsigned ? Long.compareUnsigned(left, right) : Long.compare(left, right);
  }

  private static boolean isUnsigned(FieldDescriptor field) {
    return switch (field.getType()) {
      case UINT32, FIXED32, UINT64, FIXED64 -> true;
      default -> false;
    };
  }

  /** Why a request without this field is refused; empty if it is not. */
  static Optional<String> refusesAbsence(FieldDescriptor field) {
    FieldRule rule = Contract.ruleOf(field);
    if (rule.getRequired()) {
      return Optional.of("the field is new and required");
    }
    if (field.hasPresence()) {
      return Optional.empty();
    }
    if (rule.getMinLength() > 0) {
      return Optional.of("the field is new and must have " + rule.getMinLength() + " or more");
    }
    boolean number = field.getJavaType() == JavaType.INT || field.getJavaType() == JavaType.LONG;
    boolean zeroIsOut =
        (rule.hasMin() && rule.getMin() > 0) || (rule.hasMax() && rule.getMax() < 0);
    return number && zeroIsOut && !field.isRepeated()
        ? Optional.of("the field is new and 0, which stands for absence, is out of its bounds")
        : Optional.empty();
  }
}
