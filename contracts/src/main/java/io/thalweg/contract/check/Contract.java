package io.thalweg.contract.check;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.FieldRule;
import io.thalweg.contract.MethodRule;
import io.thalweg.contract.ServiceRule;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the files of a contract declare, by full name. What they import from elsewhere (google, the
 * options themselves) is not looked at. Immutable.
 */
final class Contract {
  private final int level;
  private final Map<String, FileDescriptor> files = new TreeMap<>();
  private final Map<String, Descriptor> messages = new TreeMap<>();
  private final Map<String, EnumDescriptor> enums = new TreeMap<>();
  private final Map<String, ServiceDescriptor> services = new TreeMap<>();
  private final Map<Integer, Descriptor> events = new TreeMap<>();
  private final Map<String, Set<Use>> uses = new HashMap<>();

  private Contract(int level, Collection<FileDescriptor> linked) {
    this.level = level;
    for (FileDescriptor file : linked) {
      if (!isImported(file)) {
        files.put(file.getName(), file);
        file.getMessageTypes().forEach(this::addMessage);
        file.getEnumTypes().forEach(type -> enums.put(type.getFullName(), type));
        file.getServices().forEach(type -> services.put(type.getFullName(), type));
      }
    }
    events.values().forEach(type -> use(type, Use.EVENT));
    for (ServiceDescriptor service : services.values()) {
      for (MethodDescriptor method : service.getMethods()) {
        use(method.getInputType(), Use.REQUEST);
        use(method.getOutputType(), Use.REPLY);
      }
    }
  }

  /**
   * @param level contract level of the release
   */
  static Contract of(FileDescriptorSet set, int level) {
    return new Contract(level, DescriptorSets.link(set));
  }

  private static boolean isImported(FileDescriptor file) {
    return file.getPackage().equals("google")
        || file.getPackage().startsWith("google.")
        || file.getFullName().equals("thalweg/contract.proto");
  }

  private void addMessage(Descriptor type) {
    if (type.getOptions().getMapEntry()) {
      return;
    }
    messages.put(type.getFullName(), type);
    if (isEvent(type)) {
      events.putIfAbsent(eventNumber(type), type);
    }
    type.getEnumTypes().forEach(nested -> enums.put(nested.getFullName(), nested));
    type.getNestedTypes().forEach(this::addMessage);
  }

  private void use(Descriptor type, Use use) {
    if (!note(type.getFullName(), use)) {
      return;
    }
    for (FieldDescriptor field : type.getFields()) {
      if (field.getJavaType() == JavaType.MESSAGE) {
        use(field.getMessageType(), use);
      } else if (field.getJavaType() == JavaType.ENUM) {
        note(field.getEnumType().getFullName(), use);
      }
    }
  }

  private boolean note(String name, Use use) {
    return uses.computeIfAbsent(name, each -> EnumSet.noneOf(Use.class)).add(use);
  }

  int level() {
    return level;
  }

  Map<String, FileDescriptor> files() {
    return files;
  }

  /** Every message, nested ones too; those that stand for the entries of a map are left out. */
  Map<String, Descriptor> messages() {
    return messages;
  }

  Map<String, EnumDescriptor> enums() {
    return enums;
  }

  Map<String, ServiceDescriptor> services() {
    return services;
  }

  /** Events by number; of two with the same number the first. */
  Map<Integer, Descriptor> events() {
    return events;
  }

  /** What a message or an enum is used in. */
  Set<Use> usesOf(String fullName) {
    return uses.getOrDefault(fullName, Set.of());
  }

  static boolean isEvent(Descriptor type) {
    return type.getOptions().hasExtension(ContractProto.event);
  }

  static int eventNumber(Descriptor type) {
    return type.getOptions().getExtension(ContractProto.event).getNumber();
  }

  static ServiceRule ruleOf(ServiceDescriptor service) {
    return service.getOptions().getExtension(ContractProto.service);
  }

  static MethodRule ruleOf(MethodDescriptor method) {
    return method.getOptions().getExtension(ContractProto.method);
  }

  static FieldRule ruleOf(FieldDescriptor field) {
    return field.getOptions().getExtension(ContractProto.field);
  }
}
