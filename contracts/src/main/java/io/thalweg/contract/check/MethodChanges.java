package io.thalweg.contract.check;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.thalweg.contract.MethodRule;
import io.thalweg.contract.ServiceRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What changed of services and methods. */
final class MethodChanges {
  private final Findings findings;

  private MethodChanges(Findings findings) {
    this.findings = findings;
  }

  static void compare(Contract released, Contract present, Findings findings) {
    MethodChanges changes = new MethodChanges(findings);
    for (ServiceDescriptor before : released.services().values()) {
      ServiceDescriptor after = present.services().get(before.getFullName());
      if (after == null) {
        findings.add(Rule.SERVICE_REMOVED, before, "the service is gone", Set.of());
      } else {
        changes.service(before, after);
      }
    }
  }

  private void service(ServiceDescriptor before, ServiceDescriptor after) {
    ServiceRule was = Contract.ruleOf(before);
    ServiceRule is = Contract.ruleOf(after);
    if (!was.getName().equals(is.getName())) {
      differ(Rule.SERVICE_NAME_CHANGED, before, "name", was.getName(), is.getName());
    }
    for (MethodDescriptor method : before.getMethods()) {
      MethodDescriptor same = after.findMethodByName(method.getName());
      if (same == null) {
        findings.add(Rule.METHOD_REMOVED, method, "the method is gone", Set.of());
      } else {
        method(method, same);
      }
    }
  }

  private static String route(MethodRule rule) {
    return rule.getOneHome() ? "one home" : "'" + rule.getRoutingKey() + "'";
  }

  private void method(MethodDescriptor before, MethodDescriptor after) {
    MethodRule was = Contract.ruleOf(before);
    MethodRule is = Contract.ruleOf(after);
    differ(Rule.METHOD_KIND_CHANGED, before, "kind", was.getKind(), is.getKind());
    differ(Rule.ROUTING_KEY_CHANGED, before, "routing key", route(was), route(is));
    differ(
        Rule.REQUEST_TYPE_CHANGED,
        before,
        "request",
        before.getInputType().getFullName(),
        after.getInputType().getFullName());
    differ(
        Rule.REPLY_TYPE_CHANGED,
        before,
        "reply",
        before.getOutputType().getFullName(),
        after.getOutputType().getFullName());
    differ(Rule.STREAMING_CHANGED, before, "form", formOf(before), formOf(after));
    Set<String> bindings = bindingsOf(after);
    for (String binding : bindingsOf(before)) {
      if (!bindings.contains(binding)) {
        findings.add(
            Rule.HTTP_CHANGED,
            before,
            "'%s' is gone; it has %s".formatted(binding, bindings),
            Set.of());
      }
    }
  }

  private void differ(Rule rule, GenericDescriptor at, String what, Object before, Object after) {
    if (!before.equals(after)) {
      findings.add(rule, at, "its %s was %s and is %s".formatted(what, before, after), Set.of());
    }
  }

  private static String formOf(MethodDescriptor method) {
    return (method.isClientStreaming() ? "stream" : "one request")
        + " to "
        + (method.isServerStreaming() ? "stream" : "one answer");
  }

  private static Set<String> bindingsOf(MethodDescriptor method) {
    HttpRule first = method.getOptions().getExtension(AnnotationsProto.http);
    List<HttpRule> rules = new ArrayList<>(List.of(first));
    rules.addAll(first.getAdditionalBindingsList());
    Set<String> bindings = new LinkedHashSet<>();
    for (HttpRule rule : rules) {
      String call = callOf(rule);
      if (!call.isEmpty()) {
        bindings.add(
            call
                + (rule.getBody().isEmpty() ? "" : " body " + rule.getBody())
                + (rule.getResponseBody().isEmpty() ? "" : " answer " + rule.getResponseBody()));
      }
    }
    return bindings;
  }

  private static String callOf(HttpRule rule) {
    return switch (rule.getPatternCase()) {
      case GET -> "GET " + rule.getGet();
      case PUT -> "PUT " + rule.getPut();
      case POST -> "POST " + rule.getPost();
      case DELETE -> "DELETE " + rule.getDelete();
      case PATCH -> "PATCH " + rule.getPatch();
      case CUSTOM -> rule.getCustom().getKind() + " " + rule.getCustom().getPath();
      case PATTERN_NOT_SET -> "";
    };
  }
}
