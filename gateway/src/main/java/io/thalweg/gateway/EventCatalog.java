package io.thalweg.gateway;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.contract.ContractProto;
import io.thalweg.log.BatchFormat;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.system.ContractDeclared;
import io.thalweg.runtime.system.SystemProto;
import java.util.ArrayList;
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

  /** From here on the log is written by this contract. */
  void declared(ContractDeclared contract) throws InvalidProtocolBufferException {
    ExtensionRegistry extensions = ExtensionRegistry.newInstance();
    ContractProto.registerAllExtensions(extensions);
    FileDescriptorSet set = FileDescriptorSet.parseFrom(contract.getDescriptors(), extensions);
    for (FileDescriptor file : link(set)) {
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

  /** Files may stand in any order: takes those whose imports are there until none is left. */
  private static Iterable<FileDescriptor> link(FileDescriptorSet set) {
    Map<String, FileDescriptor> linked = new HashMap<>();
    List<FileDescriptorProto> open = new ArrayList<>(set.getFileList());
    boolean moved = true;
    while (moved) {
      moved = open.removeIf(file -> linkOne(file, linked));
    }
    return linked.values();
  }

  private static boolean linkOne(FileDescriptorProto file, Map<String, FileDescriptor> linked) {
    if (!linked.keySet().containsAll(file.getDependencyList())) {
      return false;
    }
    FileDescriptor[] imports =
        file.getDependencyList().stream().map(linked::get).toArray(FileDescriptor[]::new);
    try {
      linked.put(file.getName(), FileDescriptor.buildFrom(file, imports));
      return true;
    } catch (DescriptorValidationException e) {
      return false;
    }
  }
}
