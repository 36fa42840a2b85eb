package io.thalweg.contract.check;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.OneofDescriptor;
import java.util.Locale;
import java.util.Set;

/** What changed of a field that has kept its number. */
final class FieldChanges {
  private final Findings findings;
  private final Set<Use> uses;

  FieldChanges(Findings findings, Set<Use> uses) {
    this.findings = findings;
    this.uses = uses;
  }

  void compare(FieldDescriptor before, FieldDescriptor after) {
    if (!before.getName().equals(after.getName())
        || !before.getJsonName().equals(after.getJsonName())) {
      findings.add(
          Rule.FIELD_RENAMED,
          before,
          "field %d is now '%s'%s"
              .formatted(
                  before.getNumber(),
                  after.getName(),
                  before.getName().equals(after.getName())
                      ? ", in JSON '" + after.getJsonName() + "'"
                      : ""),
          uses);
    }
    differ(Rule.FIELD_TYPE_CHANGED, before, "type", typeOf(before), typeOf(after));
    String oneof = oneofOf(before);
    if (!oneof.equals(oneofOf(after))) {
      differ(Rule.FIELD_ONEOF_CHANGED, before, "oneof", oneof, oneofOf(after));
    } else {
      differ(Rule.FIELD_LABEL_CHANGED, before, "label", labelOf(before), labelOf(after));
    }
    if (uses.contains(Use.REQUEST)) {
      for (String bound : Bounds.tightened(before, after)) {
        findings.add(Rule.BOUND_TIGHTENED, before, bound, uses);
      }
    }
  }

  private void differ(Rule rule, FieldDescriptor field, String what, String before, String after) {
    if (!before.equals(after)) {
      findings.add(rule, field, "its %s was %s and is %s".formatted(what, before, after), uses);
    }
  }

  static String typeOf(FieldDescriptor field) {
    if (field.isMapField()) {
      return "map<%s, %s>"
          .formatted(
              typeOf(field.getMessageType().findFieldByNumber(1)),
              typeOf(field.getMessageType().findFieldByNumber(2)));
    }
    return switch (field.getJavaType()) {
      case MESSAGE -> field.getMessageType().getFullName();
      case ENUM -> field.getEnumType().getFullName();
      default -> field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String labelOf(FieldDescriptor field) {
    if (field.isRepeated()) {
      return "repeated";
    }
    if (field.isRequired()) {
      return "required";
    }
    // A message always tells absence; of a scalar it is the label that says so.
    boolean told =
        field.getJavaType() != JavaType.MESSAGE
            && field.getRealContainingOneof() == null
            && field.hasPresence();
    return told ? "optional" : "singular";
  }

  private static String oneofOf(FieldDescriptor field) {
    OneofDescriptor oneof = field.getRealContainingOneof();
    return oneof == null ? "none" : "'" + oneof.getName() + "'";
  }
}
