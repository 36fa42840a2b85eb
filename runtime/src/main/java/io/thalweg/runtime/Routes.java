package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.Outbox.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of a node go: the commands of all its services by the type of their request,
 * and who has subscribed to which event. Filled before the partitions start; read by all of them.
 */
final class Routes {
  private final Map<String, Command> commands = new HashMap<>();
  private final Map<String, List<Subscriber>> subscribers = new HashMap<>();
  private final Map<String, List<Partition>> partitions = new HashMap<>();

  /** A command, and how many partitions its service has. */
  record Command(ServiceModel.Method method, int partitions) {
    String service() {
      return method.service().name();
    }
  }

  /**
   * A service that has subscribed to an event.
   *
   * @param key what routes the event; null: it is not for this service
   */
  record Subscriber(String service, int partitions, Function<Message, @Nullable String> key) {}

  /** Adds a service with all its partitions. */
  void add(ServiceModel model, List<Partition> all) {
    partitions.put(model.name(), all);
    for (ServiceModel.Method method : model.methods()) {
      if (method.kind() == MethodKind.COMMAND) {
        commands.put(
            method.type().request().getDescriptorForType().getFullName(),
            new Command(method, all.size()));
      }
    }
    for (DeclaredHandlers.Subscription each : model.subscriptions()) {
      subscribers
          .computeIfAbsent(
              each.event().getDescriptorForType().getFullName(), name -> new ArrayList<>())
          .add(new Subscriber(model.name(), all.size(), each.key()));
    }
  }

  /** The command whose request this is, or null. */
  @Nullable Command commandOf(Message request) {
    return commands.get(request.getDescriptorForType().getFullName());
  }

  /** Who has subscribed to an event. */
  List<Subscriber> subscribersOf(Message event) {
    return subscribers.isEmpty()
        ? List.of()
        : subscribers.getOrDefault(event.getDescriptorForType().getFullName(), List.of());
  }

  /** A partition of this node; null if it has no such service or partition. */
  @Nullable Partition partitionOf(Target target) {
    List<Partition> all = partitions.get(target.service());
    return all == null || target.partition() >= all.size() ? null : all.get(target.partition());
  }
}
