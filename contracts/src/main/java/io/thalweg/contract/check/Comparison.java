package io.thalweg.contract.check;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a contract changed since a release: messages, fields, enums and events. */
final class Comparison {
  private static final Set<Use> LOGS = EnumSet.of(Use.EVENT);

  private final Contract released;
  private final Contract present;
  private final Findings findings;

  private Comparison(Contract released, Contract present, Findings findings) {
    this.released = released;
    this.present = present;
    this.findings = findings;
  }

  /** Adds what {@code present} breaks of {@code released}. */
  static void compare(Contract released, Contract present, Findings findings) {
    findings.comparingWith(released.level());
    Comparison comparison = new Comparison(released, present, findings);
    comparison.level();
    comparison.messages();
    comparison.enums();
    comparison.events();
    MethodChanges.compare(released, present, findings);
  }

  private boolean needsLevel() {
    return present.level() <= released.level();
  }

  // At the service; at the file, of a contract that has events only.
  private void level() {
    if (present.level() < released.level()) {
      List<GenericDescriptor> places = new ArrayList<>(released.services().values());
      places.addAll(released.files().values());
      findings.add(
          Rule.LEVEL_LOWERED,
          places.getFirst(),
          "contract_level was %d and is %d".formatted(released.level(), present.level()),
          Set.of());
    }
  }

  private void messages() {
    for (Descriptor before : released.messages().values()) {
      Descriptor after = present.messages().get(before.getFullName());
      if (after == null) {
        findings.add(
            Rule.MESSAGE_REMOVED,
            before,
            "the message is gone",
            released.usesOf(before.getFullName()));
      } else {
        fields(before, after);
      }
    }
  }

  private void fields(Descriptor before, Descriptor after) {
    Set<Use> uses = released.usesOf(before.getFullName());
    FieldChanges changes = new FieldChanges(findings, uses);
    for (FieldDescriptor field : before.getFields()) {
      FieldDescriptor same = after.findFieldByNumber(field.getNumber());
      FieldDescriptor named = after.findFieldByName(field.getName());
      if (named != null && named.getNumber() != field.getNumber()) {
        findings.add(
            Rule.FIELD_RENUMBERED,
            field,
            "its number was %d and is %d".formatted(field.getNumber(), named.getNumber()),
            uses);
      } else if (same == null) {
        findings.add(
            Rule.FIELD_REMOVED, field, "field %d is gone".formatted(field.getNumber()), uses);
      } else {
        changes.compare(field, same);
      }
    }
    for (FieldDescriptor field : after.getFields()) {
      if (before.findFieldByNumber(field.getNumber()) == null
          && before.findFieldByName(field.getName()) == null) {
        added(before, field, uses);
      }
    }
    reserved(before, after);
  }

  private void added(Descriptor before, FieldDescriptor field, Set<Use> uses) {
    if (uses.contains(Use.REQUEST)) {
      Bounds.refusesAbsence(field)
          .ifPresent(why -> findings.add(Rule.FIELD_ADDED_REQUIRED, field, why, uses));
    }
    boolean inEvents =
        uses.contains(Use.EVENT)
            && present.usesOf(field.getContainingType().getFullName()).contains(Use.EVENT);
    if (inEvents && needsLevel()) {
      findings.add(
          Rule.EVENT_FIELD_ADDED,
          field,
          "field %d is new in what events hold, and the level is still %d"
              .formatted(field.getNumber(), present.level()),
          LOGS);
    }
    if (before.isReservedNumber(field.getNumber())) {
      findings.add(
          Rule.RESERVED_REUSED, field, "its number " + field.getNumber() + " was reserved", uses);
    }
    if (before.isReservedName(field.getName())) {
      findings.add(Rule.RESERVED_REUSED, field, "its name was reserved", uses);
    }
  }

  private void reserved(Descriptor before, Descriptor after) {
    Set<Use> uses = released.usesOf(before.getFullName());
    for (DescriptorProto.ReservedRange range : before.toProto().getReservedRangeList()) {
      int gone = firstNotReserved(after, range.getStart(), range.getEnd());
      if (gone > 0) {
        findings.add(
            Rule.RESERVED_DROPPED, after, "number " + gone + " is no longer reserved", uses);
      }
    }
    for (String name : before.toProto().getReservedNameList()) {
      if (!after.isReservedName(name) && after.findFieldByName(name) == null) {
        findings.add(
            Rule.RESERVED_DROPPED, after, "the name '" + name + "' is no longer reserved", uses);
      }
    }
  }

  // A number that became a field is reported as such. A range may be as wide as the numbers go, so
  // this goes from range to range.
  private static int firstNotReserved(Descriptor after, int from, int end) {
    int at = from;
    while (at < end) {
      int next = at;
      for (DescriptorProto.ReservedRange range : after.toProto().getReservedRangeList()) {
        if (range.getStart() <= at && at < range.getEnd()) {
          next = range.getEnd();
        }
      }
      if (next == at) {
        if (after.findFieldByNumber(at) == null) {
          return at;
        }
        next = at + 1;
      }
      at = next;
    }
    return 0;
  }

  private void enums() {
    for (EnumDescriptor before : released.enums().values()) {
      EnumDescriptor after = present.enums().get(before.getFullName());
      Set<Use> uses = released.usesOf(before.getFullName());
      if (after == null) {
        findings.add(Rule.ENUM_REMOVED, before, "the enum is gone", uses);
      } else {
        values(before, after, uses);
      }
    }
  }

  private void values(EnumDescriptor before, EnumDescriptor after, Set<Use> uses) {
    for (EnumValueDescriptor value : before.getValues()) {
      EnumValueDescriptor same = after.findValueByNumber(value.getNumber());
      EnumValueDescriptor named = after.findValueByName(value.getName());
      if (named != null) {
        if (named.getNumber() != value.getNumber()) {
          findings.add(
              Rule.ENUM_VALUE_RENUMBERED,
              value,
              "its number was %d and is %d".formatted(value.getNumber(), named.getNumber()),
              uses);
        }
      } else if (same == null) {
        findings.add(
            Rule.ENUM_VALUE_REMOVED, value, "value " + value.getNumber() + " is gone", uses);
      } else {
        findings.add(
            Rule.ENUM_VALUE_RENAMED,
            value,
            "value %d is now '%s'".formatted(value.getNumber(), same.getName()),
            uses);
      }
    }
    for (EnumValueDescriptor value : after.getValues()) {
      if (before.findValueByNumber(value.getNumber()) == null
          && before.findValueByName(value.getName()) == null) {
        addedValue(before, value, uses);
      }
    }
    reservedValues(before, after, uses);
  }

  private void addedValue(EnumDescriptor before, EnumValueDescriptor value, Set<Use> uses) {
    if (before.isReservedNumber(value.getNumber()) || before.isReservedName(value.getName())) {
      findings.add(
          Rule.RESERVED_REUSED,
          value,
          "its name or its number " + value.getNumber() + " was reserved",
          uses);
    }
    if (uses.contains(Use.EVENT) && needsLevel()) {
      findings.add(
          Rule.EVENT_ENUM_VALUE_ADDED,
          value,
          "the value is new in what events hold, and the level is still " + present.level(),
          LOGS);
    }
  }

  private void reservedValues(EnumDescriptor before, EnumDescriptor after, Set<Use> uses) {
    for (EnumDescriptorProto.EnumReservedRange range : before.toProto().getReservedRangeList()) {
      // Both ends are inclusive here, unlike those of a message.
      for (int end : List.of(range.getStart(), range.getEnd())) {
        if (!after.isReservedNumber(end) && after.findValueByNumber(end) == null) {
          findings.add(
              Rule.RESERVED_DROPPED, after, "number " + end + " is no longer reserved", uses);
        }
      }
    }
    for (String name : before.toProto().getReservedNameList()) {
      if (!after.isReservedName(name) && after.findValueByName(name) == null) {
        findings.add(
            Rule.RESERVED_DROPPED, after, "the name '" + name + "' is no longer reserved", uses);
      }
    }
  }

  private void events() {
    Map<String, Integer> before = numbersOf(released);
    Map<String, Integer> after = numbersOf(present);
    before.forEach((name, number) -> {
      Descriptor old = released.messages().get(name);
      Integer now = after.get(name);
      if (old == null) {
        return;
      }
      if (now == null) {
        findings.add(Rule.EVENT_REMOVED, old, "event " + number + " is gone", LOGS);
      } else if (!now.equals(number)) {
        findings.add(
            Rule.EVENT_NUMBER_CHANGED,
            old,
            "its number was %d and is %d".formatted(number, now),
            LOGS);
      }
    });
    after.forEach((name, number) -> {
      Descriptor type = present.messages().get(name);
      if (type == null) {
        return;
      }
      Descriptor owner = released.events().get(number);
      if (owner != null && !owner.getFullName().equals(name)) {
        findings.add(
            Rule.EVENT_NUMBER_REUSED,
            type,
            "number %d is that of %s".formatted(number, owner.getFullName()),
            LOGS);
      } else if (!before.containsKey(name) && needsLevel()) {
        findings.add(
            Rule.EVENT_ADDED,
            type,
            "event %d is new, and the level is still %d".formatted(number, present.level()),
            LOGS);
      }
    });
  }

  private static Map<String, Integer> numbersOf(Contract contract) {
    Map<String, Integer> numbers = new TreeMap<>();
    for (Descriptor type : contract.messages().values()) {
      if (Contract.isEvent(type)) {
        numbers.put(type.getFullName(), Contract.eventNumber(type));
      }
    }
    return numbers;
  }
}
