package io.thalweg.runtime;

import io.thalweg.state.PartitionScope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks of several services on one node. */
final class ServiceModels {
  private ServiceModels() {}

  /**
   * Two services must not share a name, the number that stands for it in row keys, or a request.
   */
  static void checkDistinct(List<ServiceModel> models) {
    Map<Integer, String> names = new HashMap<>();
    Map<Class<?>, String> requests = new HashMap<>();
    for (ServiceModel model : models) {
      String other = names.put(PartitionScope.serviceId(model.name()), model.name());
      if (other != null) {
        throw new IllegalArgumentException(
            "the services '%s' and '%s' have the same name, or names with the same CRC32C; rename one"
                .formatted(other, model.name()));
      }
      for (ServiceModel.Method method : model.methods()) {
        Class<?> request = method.type().request().getClass();
        String owner = requests.put(request, model.name());
        if (owner != null) {
          throw new IllegalArgumentException(
              request.getName() + " is a request of both " + owner + " and " + model.name());
        }
      }
    }
  }
}
