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
      boolean nested = field.getJavaType() == JavaType.MESSAGE && !field.isMapField();
      RequestRules inner = nested ? of(field.getMessageType(), known) : null;
      boolean isEnum = field.getJavaType() == JavaType.ENUM;
      FieldRule rule = field.getOptions().getExtension(ContractProto.field);
      if (inner != null || isEnum || !rule.equals(FieldRule.getDefaultInstance())) {
        checks.add(new Check(field, rule, inner));
      }
    }
    return rules;
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
      if (count < rule.getMinLength() || (rule.getMaxLength() > 0 && count > rule.getMaxLength())) {
        return add(
            violations,
            path,
            "must have "
                + rule.getMinLength()
                + " to "
                + rule.getMaxLength()
                + " elements; got "
                + count);
      }
      List<Failure.Violation> found = violations;
      if (inner != null || field.getJavaType() == JavaType.ENUM) {
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
        case Double d ->
            rule.getFinite() && !Double.isFinite(d)
                ? addAt(violations, path, "must be a finite number; got " + d)
                : violations;
        case Integer i -> checkRange(i, path, violations);
        case Long l -> checkRange(l, path, violations);
        default -> violations;
      };
    }

    private @Nullable List<Failure.Violation> checkLength(
        int length, String unit, String path, @Nullable List<Failure.Violation> violations) {
      if (field.isRepeated()) {
        return violations;
      }
      int min = rule.getRequired() ? Math.max(1, rule.getMinLength()) : rule.getMinLength();
      if (length < min || (rule.getMaxLength() > 0 && length > rule.getMaxLength())) {
        return addAt(
            violations,
            path,
            "must have " + min + " to " + rule.getMaxLength() + " " + unit + "; got " + length);
      }
      return violations;
    }

    private @Nullable List<Failure.Violation> checkRange(
        long value, String path, @Nullable List<Failure.Violation> violations) {
      boolean tooSmall = rule.hasMin() && value < rule.getMin();
      boolean tooLarge = rule.hasMax() && value > rule.getMax();
      if (!tooSmall && !tooLarge) {
        return violations;
      }
      String bound =
          rule.hasMin() && rule.hasMax()
              ? "must be from " + rule.getMin() + " to " + rule.getMax()
              : rule.hasMin()
                  ? "must be at least " + rule.getMin()
                  : "must be at most " + rule.getMax();
      return addAt(violations, path, bound + "; got " + value);
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
