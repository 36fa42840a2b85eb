package io.thalweg.contract.check;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.thalweg.contract.MethodKind;
import io.thalweg.contract.MethodRule;
import io.thalweg.contract.ServiceRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether a contract is well formed by itself. Few rules, each of which has cost somebody. */
final class Lint {
  private static final Pattern UPPER_CAMEL = Pattern.compile("[A-Z][A-Za-z0-9]*");
  private static final Pattern LOWER_SNAKE = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  private static final Pattern UPPER_SNAKE = Pattern.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*");
  private static final Pattern SERVICE_NAME = Pattern.compile("[a-z0-9-]{1,63}");
  private static final Set<Use> NOBODY = Set.of();

  private final Contract contract;
  private final Findings findings;
  private final Function<String, @Nullable String> sources;

  /**
   * @param sources the text of a file by the name that it is imported by; null if it is not there,
   *     and comments are not looked for
   */
  Lint(Contract contract, Findings findings, Function<String, @Nullable String> sources) {
    this.contract = contract;
    this.findings = findings;
    this.sources = sources;
  }

  /** Contracts travel in the jars, beside the classes. */
  static @Nullable String sourceOnTheClassPath(String file) {
    try (InputStream in = Lint.class.getClassLoader().getResourceAsStream(file)) {
      return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void check() {
    contract.services().values().forEach(this::service);
    contract.messages().values().stream()
        .filter(message -> isOwn(message.getFile()))
        .forEach(this::message);
    contract.enums().values().stream()
        .filter(each -> isOwn(each.getFile()))
        .forEach(this::enumeration);
    eventNumbers();
  }

  /**
   * Whether the contract chose the names of a file. Messages of somebody else's protocol, in a
   * package that does not begin as that of the service, are as they are published.
   */
  private boolean isOwn(FileDescriptor file) {
    return contract.services().isEmpty()
        || contract.services().values().stream()
            .anyMatch(service -> root(service.getFile()).equals(root(file)));
  }

  private static String root(FileDescriptor file) {
    int dot = file.getPackage().indexOf('.');
    return dot < 0 ? file.getPackage() : file.getPackage().substring(0, dot);
  }

  private void service(ServiceDescriptor service) {
    style(service, service.getName(), UPPER_CAMEL);
    ServiceRule rule = Contract.ruleOf(service);
    if (!SERVICE_NAME.matcher(rule.getName()).matches() || rule.getContractLevel() < 1) {
      report(
          Rule.SERVICE_RULE,
          service,
          "its name is '%s' and its level %d".formatted(rule.getName(), rule.getContractLevel()));
    }
    String source = sources.apply(service.getFile().getName());
    for (MethodDescriptor method : service.getMethods()) {
      method(method);
      if (source != null && !hasComment(source, method.getName())) {
        report(Rule.MISSING_COMMENT, method, "it has no comment");
      }
    }
  }

  private static boolean hasComment(String source, String method) {
    Pattern pattern =
        Pattern.compile("(//[^\n]*|\\*/[ \t]*)\n[ \t]*rpc\\s+" + Pattern.quote(method) + "\\s*\\(");
    return pattern.matcher(source).find();
  }

  private void method(MethodDescriptor method) {
    style(method, method.getName(), UPPER_CAMEL);
    if (!method.getInputType().getName().equals(method.getName() + "Request")) {
      report(Rule.REQUEST_NAME, method, "its request is " + method.getInputType().getName());
    }
    MethodRule rule = Contract.ruleOf(method);
    String conflated = ConflatedWatch.problem(method, rule);
    if (conflated != null) {
      report(Rule.METHOD_RULE, method, conflated);
    }
    String key = rule.getRoutingKey();
    if (rule.getKind() == MethodKind.METHOD_KIND_UNSPECIFIED
        || rule.getKind() == MethodKind.UNRECOGNIZED) {
      report(Rule.METHOD_RULE, method, "it has no kind");
    } else if (key.isEmpty()) {
      if (rule.getKind() != MethodKind.SCAN && !rule.getOneHome()) {
        report(Rule.METHOD_RULE, method, "a " + rule.getKind() + " needs a routing_key");
      }
    } else if (rule.getOneHome()) {
      report(Rule.METHOD_RULE, method, "it has both a routing_key and one_home");
    } else {
      FieldDescriptor field = method.getInputType().findFieldByName(key);
      if (field == null || field.isRepeated() || field.getJavaType() != JavaType.STRING) {
        report(Rule.METHOD_RULE, method, "the request has no string '" + key + "' to route by");
      } else if (!Contract.ruleOf(field).getRequired()) {
        report(Rule.METHOD_RULE, method, "'" + key + "', which routes it, is not required");
      }
    }
  }

  private void message(Descriptor type) {
    style(type, type.getName(), UPPER_CAMEL);
    Set<Use> uses = contract.usesOf(type.getFullName());
    for (FieldDescriptor field : type.getFields()) {
      style(field, field.getName(), LOWER_SNAKE);
      if (uses.contains(Use.REQUEST)) {
        bounded(field);
      }
    }
    if (uses.contains(Use.EVENT)) {
      gaps(type);
    }
  }

  private void bounded(FieldDescriptor field) {
    boolean sized =
        field.isRepeated()
            || field.getJavaType() == JavaType.STRING
            || field.getJavaType() == JavaType.BYTE_STRING;
    if (sized && Contract.ruleOf(field).getMaxLength() == 0) {
      report(
          Rule.UNBOUNDED_FIELD,
          field,
          "a request may hold a %s of any length"
              .formatted(field.isRepeated() ? "list" : FieldChanges.typeOf(field)));
    }
  }

  // A number that was used once and is not reserved will be used again one day.
  private void gaps(Descriptor type) {
    int last = 0;
    for (FieldDescriptor field : type.getFields()) {
      last = Math.max(last, field.getNumber());
    }
    int reserved = 0;
    for (DescriptorProto.ReservedRange range : type.toProto().getReservedRangeList()) {
      reserved += Math.max(0, Math.min(range.getEnd() - 1, last) - range.getStart() + 1);
    }
    if (type.getFields().size() + reserved == last) {
      return;
    }
    for (int number = 1; number < last; number++) {
      if (type.findFieldByNumber(number) == null && !type.isReservedNumber(number)) {
        report(
            Rule.UNRESERVED_GAP,
            type,
            "it is in logs, and number " + number + " is neither used nor reserved");
        return;
      }
    }
  }

  private void enumeration(EnumDescriptor type) {
    style(type, type.getName(), UPPER_CAMEL);
    for (EnumValueDescriptor value : type.getValues()) {
      style(value, value.getName(), UPPER_SNAKE);
    }
    EnumValueDescriptor zero = type.findValueByNumber(0);
    if (zero != null && !zero.getName().endsWith("UNSPECIFIED")) {
      report(Rule.ENUM_ZERO, zero, "value 0 is '" + zero.getName() + "'");
    }
  }

  private void eventNumbers() {
    Map<Integer, Descriptor> owners = new HashMap<>();
    for (Descriptor type : contract.messages().values()) {
      if (!Contract.isEvent(type)) {
        continue;
      }
      int number = Contract.eventNumber(type);
      Descriptor owner = owners.putIfAbsent(number, type);
      if (number < 1) {
        report(Rule.EVENT_RULE, type, "its number is " + number);
      } else if (owner != null) {
        report(Rule.EVENT_RULE, type, "number " + number + " is that of " + owner.getFullName());
      }
      if (type.getContainingType() != null) {
        report(Rule.EVENT_RULE, type, "it is declared within another message");
      }
    }
  }

  private void style(GenericDescriptor at, String name, Pattern style) {
    if (!style.matcher(name).matches()) {
      report(Rule.NAME_STYLE, at, "the name '" + name + "' is not written as such names are");
    }
  }

  private void report(Rule rule, GenericDescriptor at, String what) {
    findings.add(rule, at, what, NOBODY);
  }
}
