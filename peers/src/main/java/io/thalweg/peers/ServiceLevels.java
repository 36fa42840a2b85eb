package io.thalweg.peers;

import io.thalweg.cluster.LevelAgreement;
import io.thalweg.contract.ContractProto;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.PartitionPlace;
import io.thalweg.runtime.ServiceType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Contract levels of the services of a node, by the names that they have in the log. */
final class ServiceLevels {
  private ServiceLevels() {}

  static String nameOf(ServiceType service) {
    return service.contract().getOptions().getExtension(ContractProto.service).getName();
  }

  /** What this build reads. */
  static Map<String, Integer> of(List<ServiceType> services) {
    Map<String, Integer> levels = new HashMap<>();
    for (ServiceType service : services) {
      levels.put(
          nameOf(service),
          service.contract().getOptions().getExtension(ContractProto.service).getContractLevel());
    }
    return levels;
  }

  /** What is needed to read the logs that this node has. */
  static Map<String, Integer> written(Node node) {
    Map<String, Integer> levels = new HashMap<>();
    for (PartitionPlace place : node.places()) {
      levels.merge(place.id().service(), place.writtenLevel(), Math::max);
    }
    return levels;
  }

  /** What the cluster is at. */
  static Map<String, Integer> agreed(List<ServiceType> services, LevelAgreement agreement) {
    Map<String, Integer> levels = new HashMap<>();
    services.forEach(service -> levels.put(nameOf(service), agreement.levelOf(nameOf(service))));
    return levels;
  }
}
