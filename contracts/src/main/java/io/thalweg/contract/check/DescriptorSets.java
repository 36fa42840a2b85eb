package io.thalweg.contract.check;

import com.google.api.AnnotationsProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.contract.ContractProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Files and all that they import, as one message and back. */
public final class DescriptorSets {
  private static final ExtensionRegistry OPTIONS = ExtensionRegistry.newInstance();

  static {
    ContractProto.registerAllExtensions(OPTIONS);
    AnnotationsProto.registerAllExtensions(OPTIONS);
  }

  private DescriptorSets() {}

  /** The file and all that it imports, imports first; without places in the source. */
  static FileDescriptorSet of(FileDescriptor root) {
    Map<String, FileDescriptorProto> files = new LinkedHashMap<>();
    add(root, files);
    return FileDescriptorSet.newBuilder().addAllFile(files.values()).build();
  }

  private static void add(FileDescriptor file, Map<String, FileDescriptorProto> files) {
    if (!files.containsKey(file.getName())) {
      file.getDependencies().forEach(each -> add(each, files));
      files.put(file.getName(), file.toProto().toBuilder().clearSourceCodeInfo().build());
    }
  }

  /**
   * Reads a set, with the options that contracts have.
   *
   * @throws InvalidProtocolBufferException if the bytes are none
   */
  public static FileDescriptorSet parse(byte[] bytes) throws InvalidProtocolBufferException {
    return FileDescriptorSet.parseFrom(bytes, OPTIONS);
  }

  /**
   * The files of a set, which may stand in any order.
   *
   * @throws IllegalArgumentException if an import is missing or a file is not valid
   */
  public static Collection<FileDescriptor> link(FileDescriptorSet set) {
    Map<String, FileDescriptor> linked = new LinkedHashMap<>();
    List<FileDescriptorProto> open = new ArrayList<>(set.getFileList());
    boolean moved = true;
    while (moved) {
      moved = open.removeIf(file -> link(file, linked));
    }
    if (!open.isEmpty()) {
      throw new IllegalArgumentException("an import is missing of " + open.getFirst().getName());
    }
    return linked.values();
  }

  private static boolean link(FileDescriptorProto file, Map<String, FileDescriptor> linked) {
    if (!linked.keySet().containsAll(file.getDependencyList())) {
      return false;
    }
    FileDescriptor[] imports =
        file.getDependencyList().stream().map(linked::get).toArray(FileDescriptor[]::new);
    try {
      linked.put(file.getName(), FileDescriptor.buildFrom(file, imports));
      return true;
    } catch (DescriptorValidationException e) {
      throw new IllegalArgumentException(file.getName() + " is not valid: " + e.getMessage(), e);
    }
  }
}
