package io.thalweg.runtime;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.EventRule;
import io.thalweg.contract.MethodKind;
import io.thalweg.contract.MethodRule;
import io.thalweg.contract.ServiceRule;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A service's contract, compiled: its methods by request class, its events by class and number.
 * Immutable; one per service type, shared by all its instances.
 *
 * <p>Making one checks the contract against the handlers: every method and every event has exactly
 * one, of the kind that the contract says.
 */
final class ServiceModel {
  private final ServiceType type;
  private final ServiceRule rule;
  // In the order of the contract.
  private final Map<Class<?>, Method> methods = new LinkedHashMap<>();
  private final Map<Class<?>, Event> eventsByClass = new HashMap<>();
  private final Map<Integer, Event> eventsByNumber = new HashMap<>();
  private final List<DeclaredHandlers.Subscription> subscriptions;
  private final Map<String, Message> inbound = new HashMap<>();
  private final Map<String, Message> effectResults;
  private final Map<Class<?>, Definition.ReplyMerger<Message, Message>> mergers;
  private final Map<Class<?>, Predicate<Message>> noticed;
  private final byte[] descriptors;
  private final byte[] descriptorsHash;

  /**
   * A method of the contract.
   *
   * @param index position in the contract
   * @param routingKey field by which it is routed; null: every partition is asked, or all requests
   *     have one home
   * @param oneHome whether all requests go to the slot of the empty key
   * @param secretReply whether its answer may not be stored, so that it takes no request name
   * @param needs the contract level that a request needs
   */
  record Method(
      ServiceModel service,
      MethodType type,
      int index,
      @Nullable FieldDescriptor routingKey,
      RequestRules rules,
      boolean oneHome,
      boolean secretReply,
      NeededLevel needs) {
    MethodKind kind() {
      return type.kind();
    }

    /** Whether every partition is asked. */
    boolean everywhere() {
      return routingKey == null && !oneHome;
    }

    /** The value of the routing key; empty if there is none. */
    String keyOf(Message request) {
      return routingKey == null ? "" : (String) request.getField(routingKey);
    }
  }

  /**
   * An event of the contract.
   *
   * @param upcast of an event of an earlier release: how it is read; null for one that is emitted
   * @param needs the contract level that one needs
   */
  record Event(int number, Message prototype, @Nullable Upcast upcast, NeededLevel needs) {}

  ServiceModel(ServiceType type) {
    this.type = type;
    rule = type.contract().getOptions().getExtension(ContractProto.service);
    if (rule.getName().isEmpty() || rule.getContractLevel() < 1) {
      throw new IllegalArgumentException(
          type.contract().getFullName()
              + " needs option (thalweg.service) with a name and a contract_level of at least 1");
    }
    DeclaredHandlers declared = new DeclaredHandlers();
    type.constructor().accept(declared);
    addMethods(declared);
    addEvents(declared);
    subscriptions = List.copyOf(declared.subscriptions());
    effectResults = Map.copyOf(declared.effectResults());
    mergers = Map.copyOf(declared.mergers());
    noticed = Map.copyOf(declared.noticed());
    addInbound();
    FileDescriptorSet set = fileSet(type.contract().getFile());
    descriptors = set.toByteArray();
    descriptorsHash = Arrays.copyOf(sha256(descriptors), 16);
  }

  private void addMethods(DeclaredHandlers declared) {
    Map<Descriptor, DeclaredHandlers.Declared> byRequest = new HashMap<>();
    declared.methods().forEach(d -> byRequest.put(d.request().getDescriptorForType(), d));
    for (MethodDescriptor method : type.contract().getMethods()) {
      MethodRule methodRule = method.getOptions().getExtension(ContractProto.method);
      DeclaredHandlers.Declared handler = byRequest.remove(method.getInputType());
      if (handler == null) {
        throw new IllegalArgumentException(method.getFullName() + " has no handler");
      }
      if (handler.kind() != methodRule.getKind()) {
        throw new IllegalArgumentException(
            "%s is a %s in the contract; its handler is a %s"
                .formatted(method.getFullName(), methodRule.getKind(), handler.kind()));
      }
      if (!handler.reply().getDescriptorForType().equals(method.getOutputType())) {
        throw new IllegalArgumentException(
            "%s answers a %s in the contract; its handler a %s"
                .formatted(
                    method.getFullName(),
                    method.getOutputType().getFullName(),
                    handler.reply().getDescriptorForType().getFullName()));
      }
      FieldDescriptor key = routingKey(method, methodRule);
      if (methodRule.getInternal() && methodRule.getKind() != MethodKind.COMMAND) {
        throw new IllegalArgumentException(
            method.getFullName() + " is internal and no command; only commands can be");
      }
      MethodType methodType =
          new MethodType(
              method,
              methodRule.getKind(),
              handler.request(),
              handler.reply(),
              methodRule.getInternal());
      methods.put(
          handler.request().getClass(),
          new Method(
              this,
              methodType,
              method.getIndex(),
              key,
              RequestRules.of(method.getInputType()),
              methodRule.getOneHome(),
              methodRule.getSecretReply(),
              NeededLevel.of(method.getInputType(), methodRule.getSince())));
    }
    if (!byRequest.isEmpty()) {
      throw new IllegalArgumentException(
          "not requests of " + type.contract().getFullName() + ": " + byRequest.keySet());
    }
  }

  private static @Nullable FieldDescriptor routingKey(MethodDescriptor method, MethodRule rule) {
    if (rule.getOneHome() && !rule.getRoutingKey().isEmpty()) {
      throw new IllegalArgumentException(
          method.getFullName() + " has both a routing_key and one_home");
    }
    if (rule.getRoutingKey().isEmpty()) {
      if (rule.getKind() != MethodKind.SCAN && !rule.getOneHome()) {
        throw new IllegalArgumentException(method.getFullName() + " needs a routing_key");
      }
      return null;
    }
    FieldDescriptor field = method.getInputType().findFieldByName(rule.getRoutingKey());
    if (field == null
        || field.isRepeated()
        || field.getJavaType() != FieldDescriptor.JavaType.STRING) {
      throw new IllegalArgumentException(
          method.getFullName() + " has no string field '" + rule.getRoutingKey() + "' to route by");
    }
    return field;
  }

  private void addEvents(DeclaredHandlers declared) {
    declared.events().forEach(prototype -> addEvent(prototype, null));
    declared.upcasts().forEach(upcast -> addEvent(upcast.old(), upcast));
    declared.upcasts().forEach(this::checkEnds);
    for (Descriptor message : type.contract().getFile().getMessageTypes()) {
      int number = message.getOptions().getExtension(ContractProto.event).getNumber();
      if (number > 0 && !eventsByNumber.containsKey(number)) {
        throw new IllegalArgumentException("event " + message.getFullName() + " has no handler");
      }
    }
  }

  // What messages and timers may bring.
  private void addInbound() {
    for (Method method : methods.values()) {
      if (method.kind() == MethodKind.COMMAND) {
        addInbound(method.type().request());
      }
    }
    subscriptions.forEach(subscription -> addInbound(subscription.event()));
  }

  private void addInbound(Message prototype) {
    String name = prototype.getDescriptorForType().getFullName();
    if (inbound.put(name, prototype) != null) {
      throw new IllegalArgumentException(
          "'%s' has two handlers of messages of type %s".formatted(name(), name));
    }
  }

  /** What makes one answer of those of all partitions; it knows nothing of any of them. */
  Definition.ReplyMerger<Message, Message> mergerOf(Class<?> request) {
    Definition.ReplyMerger<Message, Message> merger = mergers.get(request);
    if (merger == null) {
      throw new IllegalStateException("no merger for " + request.getName());
    }
    return merger;
  }

  /** Whether whoever watches like that is told notices, too. */
  boolean isNoticed(Message watch) {
    Predicate<Message> wants = noticed.get(watch.getClass());
    return wants != null && wants.test(watch);
  }

  /** The events that it has subscribed to. */
  List<DeclaredHandlers.Subscription> subscriptions() {
    return subscriptions;
  }

  /**
   * Default instance of what a message or timer of this type brings; null if this build has no
   * handler for it.
   */
  @Nullable Message inboundOf(String typeName) {
    return inbound.get(typeName);
  }

  private void addEvent(Message prototype, @Nullable Upcast upcast) {
    Descriptor type = prototype.getDescriptorForType();
    EventRule eventRule = type.getOptions().getExtension(ContractProto.event);
    int number = eventRule.getNumber();
    String name = type.getFullName();
    if (number < 1) {
      throw new IllegalArgumentException(name + " needs option (thalweg.event) with a number");
    }
    Event event = new Event(number, prototype, upcast, NeededLevel.of(type, eventRule.getSince()));
    if (eventsByClass.put(prototype.getClass(), event) != null) {
      throw new IllegalArgumentException(
          "event " + name + " has two handlers or upcasts; it needs one of either");
    }
    if (eventsByNumber.put(number, event) != null) {
      throw new IllegalArgumentException("event number " + number + " is used twice: " + name);
    }
  }

  // From upcast to upcast one comes to an event with a handler.
  private void checkEnds(Upcast first) {
    Upcast upcast = first;
    for (int steps = 0; upcast != null; steps++) {
      Event next = eventsByClass.get(upcast.to().getClass());
      if (next == null || steps > eventsByClass.size()) {
        throw new IllegalArgumentException(
            "event %s is upcast to %s, which %s"
                .formatted(
                    upcast.old().getDescriptorForType().getFullName(),
                    upcast.to().getDescriptorForType().getFullName(),
                    next == null ? "has no handler" : "leads back to it"));
      }
      upcast = next.upcast();
    }
  }

  /** An event as this release knows it: one of an earlier release is upcast, others stay. */
  Message current(Message event) {
    Message current = event;
    Event type = eventsByClass.get(event.getClass());
    Upcast upcast = type == null ? null : type.upcast();
    while (upcast != null) {
      current = upcast.apply(current);
      type = eventsByClass.get(current.getClass());
      upcast = type == null ? null : type.upcast();
    }
    return current;
  }

  /**
   * Default instance of what the named handler of results gets back; null if this build has no such
   * handler.
   */
  @Nullable Message correlationOf(String handler) {
    return effectResults.get(handler);
  }

  ServiceType type() {
    return type;
  }

  /** Name of the service in log, rows and metrics. */
  String name() {
    return rule.getName();
  }

  int contractLevel() {
    return rule.getContractLevel();
  }

  Iterable<Method> methods() {
    return methods.values();
  }

  @Nullable Method methodOf(Class<?> request) {
    return methods.get(request);
  }

  /**
   * The type of an event that is to go into the log. One of an earlier release may, as long as the
   * service is not at the level of what took its place.
   *
   * @throws IllegalArgumentException if it is no event of the service, or one of an earlier release
   */
  Event toEmit(Message event, IntSupplier level) {
    Event type = eventsByClass.get(event.getClass());
    if (type == null
        || (type.upcast() != null && sinceOf(type.upcast().to()) <= level.getAsInt())) {
      throw new IllegalArgumentException(
          "%s is %s %s"
              .formatted(
                  event.getDescriptorForType().getFullName(),
                  type == null ? "no event of" : "only read, not emitted, by this release of",
                  name()));
    }
    return type;
  }

  private int sinceOf(Message event) {
    Event type = eventsByClass.get(event.getClass());
    return type == null ? 1 : type.needs().least();
  }

  @Nullable Event eventOf(int number) {
    return eventsByNumber.get(number);
  }

  /** A serialized FileDescriptorSet of the contract and what it imports. */
  byte[] descriptors() {
    return descriptors;
  }

  /** First 16 bytes of the SHA-256 of {@link #descriptors()}. */
  byte[] descriptorsHash() {
    return descriptorsHash;
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FileDescriptorSet fileSet(FileDescriptor root) {
    Set<FileDescriptor> files = new LinkedHashSet<>();
    List<FileDescriptor> open = new ArrayList<>(List.of(root));
    while (!open.isEmpty()) {
      FileDescriptor file = open.removeLast();
      if (files.add(file)) {
        open.addAll(file.getDependencies());
      }
    }
    List<FileDescriptor> ordered = new ArrayList<>(files);
    FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
    for (FileDescriptor file : ordered.reversed()) {
      set.addFile(file.toProto());
    }
    return set.build();
  }
}
