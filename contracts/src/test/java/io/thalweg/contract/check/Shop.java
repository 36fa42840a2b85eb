package io.thalweg.contract.check;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.FieldRule;
import io.thalweg.contract.MethodRule;
import io.thalweg.contract.ServiceRule;
import io.thalweg.contract.check.shop.ShopProto;
import java.util.List;
import java.util.function.Consumer;

/** The shop's contract, to be changed, and what is found of the change. */
final class Shop {
  static final String PACKAGE = "thalweg.contract.check.";

  private final FileDescriptorProto.Builder file;

  private Shop(FileDescriptorProto.Builder file) {
    this.file = file;
  }

  /** A set like the compiled one, after a change. */
  static FileDescriptorSet changed(Consumer<Shop> change) {
    try {
      FileDescriptorSet.Builder set =
          DescriptorSets.parse(DescriptorSets.of(ShopProto.getDescriptor()).toByteArray())
              .toBuilder();
      change.accept(new Shop(set.getFileBuilder(set.getFileCount() - 1)));
      return set.build();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** What is found when the shop is released and then changed so. */
  static List<Finding> after(Consumer<Shop> change) {
    return between(shop -> {}, change);
  }

  /** What is found when the shop is released with one change and then has the other instead. */
  static List<Finding> between(Consumer<Shop> released, Consumer<Shop> present) {
    Findings findings = new Findings();
    Comparison.compare(contract(released), contract(present), findings);
    return findings.list();
  }

  static Contract contract(Consumer<Shop> change) {
    FileDescriptorSet set = changed(change);
    int level =
        set.getFile(set.getFileCount() - 1)
            .getService(0)
            .getOptions()
            .getExtension(ContractProto.service)
            .getContractLevel();
    return Contract.of(set, level);
  }

  FileDescriptorProto.Builder file() {
    return file;
  }

  DescriptorProto.Builder message(String name) {
    return file.getMessageTypeBuilderList().stream()
        .filter(each -> each.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  FieldDescriptorProto.Builder field(String message, String name) {
    return message(message).getFieldBuilderList().stream()
        .filter(each -> each.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  void removeField(String message, String name) {
    DescriptorProto.Builder type = message(message);
    for (int i = 0; i < type.getFieldCount(); i++) {
      if (type.getField(i).getName().equals(name)) {
        type.removeField(i);
        return;
      }
    }
    throw new AssertionError(name);
  }

  void addField(String message, String name, int number, FieldRule rule) {
    FieldDescriptorProto.Builder field =
        message(message)
            .addFieldBuilder()
            .setName(name)
            .setNumber(number)
            .setType(FieldDescriptorProto.Type.TYPE_STRING)
            .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL);
    field.getOptionsBuilder().setExtension(ContractProto.field, rule);
  }

  void rule(String message, String name, Consumer<FieldRule.Builder> change) {
    FieldDescriptorProto.Builder field = field(message, name);
    FieldRule.Builder rule = field.getOptions().getExtension(ContractProto.field).toBuilder();
    change.accept(rule);
    field.getOptionsBuilder().setExtension(ContractProto.field, rule.build());
  }

  void removeMessage(String name) {
    for (int i = 0; i < file.getMessageTypeCount(); i++) {
      if (file.getMessageType(i).getName().equals(name)) {
        file.removeMessageType(i);
        return;
      }
    }
    throw new AssertionError(name);
  }

  void addEvent(String name, int number) {
    file.addMessageType(DescriptorProto.newBuilder().setName(name));
    number(name, number);
  }

  void number(String event, int number) {
    message(event)
        .getOptionsBuilder()
        .setExtension(
            ContractProto.event,
            io.thalweg.contract.EventRule.newBuilder().setNumber(number).build());
  }

  EnumDescriptorProto.Builder size() {
    return file.getEnumTypeBuilder(0);
  }

  MethodDescriptorProto.Builder order() {
    return file.getServiceBuilder(0).getMethodBuilder(0);
  }

  void method(Consumer<MethodRule.Builder> change) {
    MethodRule.Builder rule = order().getOptions().getExtension(ContractProto.method).toBuilder();
    change.accept(rule);
    order().getOptionsBuilder().setExtension(ContractProto.method, rule.build());
  }

  void service(Consumer<ServiceRule.Builder> change) {
    ServiceRule.Builder rule =
        file.getService(0).getOptions().getExtension(ContractProto.service).toBuilder();
    change.accept(rule);
    file.getServiceBuilder(0).getOptionsBuilder().setExtension(ContractProto.service, rule.build());
  }

  void level(int level) {
    service(rule -> rule.setContractLevel(level));
  }
}
