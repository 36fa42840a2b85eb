package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.FieldRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bounds that a contract sets on a request's fields, compiled once and checked before a request
 * is queued. Every violation is named, up to {@value #MAX_VIOLATIONS}.
 */
final class RequestRules {
  static final int MAX_VIOLATIONS = 16;

  private final List<Check> checks;

  private RequestRules(List<Check> checks) {
    this.checks = checks;
  }

  static RequestRules of(Descriptor request) {
    return of(request, new HashMap<>());
  }

  private static RequestRules of(Descriptor type, Map<Descriptor, RequestRules> known) {
    RequestRules present = known.get(type);
    if (present != null) {
      return present;
    }
    List<Check> checks = new ArrayList<>();
    RequestRules rules = new RequestRules(checks);
    known.put(type, rules);
    for (FieldDescriptor field : type.getFields()) {
      RequestRules inner =
          field.getJavaType() == JavaType.MESSAGE ? of(field.getMessageType(), known) : null;
      FieldRule rule = field.getOptions().getExtension(ContractProto.field);
      refuseMisplaced(field, rule);
      boolean isEnum = field.getJavaType() == JavaType.ENUM;
      if (inner != null || isEnum || !rule.equals(FieldRule.getDefaultInstance())) {
        checks.add(new Check(field, rule, inner));
      }
    }
    return rules;
  }

  // A bound that would not be checked is a mistake in the contract.
  private static void refuseMisplaced(FieldDescriptor field, FieldRule rule) {
    JavaType type = field.getJavaType();
    boolean number = type == JavaType.INT || type == JavaType.LONG;
    boolean real = type == JavaType.DOUBLE || type == JavaType.FLOAT;
    boolean sized = field.isRepeated() || type == JavaType.STRING || type == JavaType.BYTE_STRING;
    if (((rule.hasMin() || rule.hasMax()) && !number)
        || (rule.getFinite() && !real)
        || ((rule.getMinLength() != 0 || rule.getMaxLength() != 0) && !sized)
        || (number && isUnsigned(field) && rule.getMin() < 0)) {
      throw new IllegalArgumentException(
          field.getFullName() + " has a bound in (thalweg.field) that its type cannot have");
    }
  }

  private static boolean isUnsigned(FieldDescriptor field) {
    return switch (field.getType()) {
      case UINT32, FIXED32, UINT64, FIXED64 -> true;
      default -> false;
    };
  }

  /**
   * @throws Failure INVALID_ARGUMENT naming every field that is out of bounds
   */
  void check(Message request) {
    if (checks.isEmpty()) {
      return;
    }
    List<Failure.Violation> violations = null;
    violations = check(request, "", violations);
    if (violations != null) {
      throw Failure.invalid(violations);
    }
  }

  private @Nullable List<Failure.Violation> check(
      Message message, String path, @Nullable List<Failure.Violation> violations) {
    List<Failure.Violation> found = violations;
    for (Check check : checks) {
      if (found != null && found.size() >= MAX_VIOLATIONS) {
        return found;
      }
      found = check.check(message, path, found);
    }
    return found;
  }

  private record Check(FieldDescriptor field, FieldRule rule, @Nullable RequestRules inner) {

    @Nullable List<Failure.Violation> check(
        Message message, String path, @Nullable List<Failure.Violation> violations) {
      if (field.isRepeated()) {
        return checkRepeated(message, path, violations);
      }
      if (field.hasPresence() && !message.hasField(field)) {
        return rule.getRequired() ? add(violations, path, "must be given") : violations;
      }
      return checkValue(message.getField(field), path + field.getName(), violations);
    }

    private @Nullable List<Failure.Violation> checkRepeated(
        Message message, String path, @Nullable List<Failure.Violation> violations) {
      int count = message.getRepeatedFieldCount(field);
      int least = least();
      if (count < least || (rule.getMaxLength() > 0 && count > rule.getMaxLength())) {
        return add(violations, path, "must have " + range(least, "elements") + "; got " + count);
      }
      List<Failure.Violation> found = violations;
      if (inner != null || isScalarChecked()) {
        for (int i = 0; i < count; i++) {
          if (found != null && found.size() >= MAX_VIOLATIONS) {
            return found;
          }
          String at = path + field.getName() + "[" + i + "]";
          found = checkValue(message.getRepeatedField(field, i), at, found);
        }
      }
      return found;
    }

    private boolean isScalarChecked() {
      return field.getJavaType() == JavaType.ENUM
          || rule.hasMin()
          || rule.hasMax()
          || rule.getFinite();
    }

    private @Nullable List<Failure.Violation> checkValue(
        Object value, String path, @Nullable List<Failure.Violation> violations) {
      return switch (value) {
        case Message m -> inner == null ? violations : inner.check(m, path + ".", violations);
        case String s -> checkLength(utf8Length(s), "bytes of UTF-8", path, violations);
        case ByteString b -> checkLength(b.size(), "bytes", path, violations);
        case EnumValueDescriptor e ->
            e.getIndex() < 0
                ? addAt(
                    violations, path, "must be one of " + names() + "; got number " + e.getNumber())
                : violations;
        case Double d -> checkFinite(d, path, violations);
        case Float f -> checkFinite(f, path, violations);
        case Integer i -> checkRange(i, path, violations);
        case Long l -> checkRange(l, path, violations);
        default -> violations;
      };
    }

    private @Nullable List<Failure.Violation> checkFinite(
        double value, String path, @Nullable List<Failure.Violation> violations) {
      return rule.getFinite() && !Double.isFinite(value)
          ? addAt(violations, path, "must be a finite number; got " + value)
          : violations;
    }

    private @Nullable List<Failure.Violation> checkLength(
        int length, String unit, String path, @Nullable List<Failure.Violation> violations) {
      if (field.isRepeated()) {
        return violations;
      }
      int least = least();
      if (length < least || (rule.getMaxLength() > 0 && length > rule.getMaxLength())) {
        return addAt(violations, path, "must have " + range(least, unit) + "; got " + length);
      }
      return violations;
    }

    private int least() {
      return rule.getRequired() ? Math.max(1, rule.getMinLength()) : rule.getMinLength();
    }

    private String range(int least, String unit) {
      return rule.getMaxLength() > 0
          ? least + " to " + rule.getMaxLength() + " " + unit
          : "at least " + least + " " + unit;
    }

    private @Nullable List<Failure.Violation> checkRange(
        long value, String path, @Nullable List<Failure.Violation> violations) {
      // An unsigned number comes as the signed one with the same bits.
      boolean unsigned = isUnsigned(field);
      boolean wide = field.getJavaType() == JavaType.LONG;
      long number = unsigned && !wide ? Integer.toUnsignedLong((int) value) : value;
      boolean tooSmall = rule.hasMin() && compare(number, rule.getMin(), unsigned) < 0;
      boolean tooLarge = rule.hasMax() && compare(number, rule.getMax(), unsigned) > 0;
      if (!tooSmall && !tooLarge) {
        return violations;
      }
      String bound =
          rule.hasMin() && rule.hasMax()
              ? "must be from " + rule.getMin() + " to " + rule.getMax()
              : rule.hasMin()
                  ? "must be at least " + rule.getMin()
                  : "must be at most " + rule.getMax();
      String got = unsigned ? Long.toUnsignedString(number) : Long.toString(number);
      return addAt(violations, path, bound + "; got " + got);
    }

    private static int compare(long value, long bound, boolean unsigned) {
      return unsigned ? Long.compareUnsigned(value, bound) : Long.compare(value, bound);
    }

    private String names() {
      List<String> names = new ArrayList<>();
      field.getEnumType().getValues().forEach(v -> names.add(v.getName()));
      return String.join(", ", names);
    }

    private List<Failure.Violation> add(
        @Nullable List<Failure.Violation> violations, String path, String problem) {
      return addAt(violations, path + field.getName(), problem);
    }

    private static List<Failure.Violation> addAt(
        @Nullable List<Failure.Violation> violations, String path, String problem) {
      List<Failure.Violation> list = violations == null ? new ArrayList<>() : violations;
      list.add(new Failure.Violation(path, problem));
      return list;
    }

    private static int utf8Length(String s) {
      for (int i = 0; i < s.length(); i++) {
        if (s.charAt(i) >= 0x80) {
          return s.getBytes(StandardCharsets.UTF_8).length;
        }
      }
      return s.length();
    }
  }
}
