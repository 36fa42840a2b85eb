package io.thalweg.gateway;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.check.DescriptorSets;
import io.thalweg.log.BatchFormat;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.system.ContractDeclared;
import io.thalweg.runtime.system.SystemProto;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The event types of one partition's log, by number. Begins with what this build knows; what the
 * log says about the contract that it was written by goes before that.
 */
final class EventCatalog {
  private final Map<Integer, Descriptor> types = new HashMap<>();

  EventCatalog(String service, List<ServiceType> known) {
    SystemProto.getDescriptor()
        .getMessageTypes()
        .forEach(type -> add(type, BatchFormat.FIRST_SYSTEM_TYPE));
    for (ServiceType type : known) {
      String name = type.contract().getOptions().getExtension(ContractProto.service).getName();
      if (name.equals(service)) {
        type.contract().getFile().getMessageTypes().forEach(message -> add(message, 0));
      }
    }
  }

  /** The type of a number in the log; null if neither this build nor the log knows it. */
  @Nullable Descriptor typeOf(int number) {
    return types.get(number);
  }

  /**
   * From here on the log is written by this contract. One that cannot be read as a whole says
   * nothing: what this build knows stands.
   */
  void declared(ContractDeclared contract) throws InvalidProtocolBufferException {
    Collection<FileDescriptor> files;
    try {
      files = DescriptorSets.link(DescriptorSets.parse(contract.getDescriptors().toByteArray()));
    } catch (IllegalArgumentException e) {
      return;
    }
    for (FileDescriptor file : files) {
      boolean hasService =
          file.getServices().stream().anyMatch(s -> s.getFullName().equals(contract.getService()));
      if (hasService) {
        file.getMessageTypes().forEach(type -> add(type, 0));
      }
    }
  }

  private void add(Descriptor type, int base) {
    int number = type.getOptions().getExtension(ContractProto.event).getNumber();
    if (number > 0) {
      types.put(base + number, type);
    }
  }
}
