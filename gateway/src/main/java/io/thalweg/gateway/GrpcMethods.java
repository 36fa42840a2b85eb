package io.thalweg.gateway;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.protobuf.ProtoServiceDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Tracing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The methods as gRPC services, made from their descriptors: no generated stub is needed. Commands
 * and queries are unary, watches stream.
 */
final class GrpcMethods {
  static final Metadata.Key<String> NAME =
      Metadata.Key.of(RequestNames.HEADER, Metadata.ASCII_STRING_MARSHALLER);
  static final Metadata.Key<String> POSITION =
      Metadata.Key.of(JsonMethod.POSITION_HEADER, Metadata.ASCII_STRING_MARSHALLER);
  static final Metadata.Key<String> SESSION =
      Metadata.Key.of(SessionReads.HEADER, Metadata.ASCII_STRING_MARSHALLER);
  static final Metadata.Key<String> LAG =
      Metadata.Key.of(SessionReads.LAG_HEADER, Metadata.ASCII_STRING_MARSHALLER);

  private final Backend backend;
  private final Watchers watchers;
  private final Draining draining;
  private final GatewayOptions options;

  GrpcMethods(Backend backend, Watchers watchers, Draining draining, GatewayOptions options) {
    this.backend = backend;
    this.watchers = watchers;
    this.draining = draining;
    this.options = options;
  }

  /** A definition for each service. */
  List<ServerServiceDefinition> services() {
    Map<ServiceDescriptor, List<MethodType>> byService = new LinkedHashMap<>();
    for (MethodType method : backend.methods()) {
      byService
          .computeIfAbsent(method.descriptor().getService(), s -> new ArrayList<>())
          .add(method);
    }
    return byService.entrySet().stream().map(e -> service(e.getKey(), e.getValue())).toList();
  }

  /** Metadata as headers, those that are text. */
  static Tracing.Headers textOf(Metadata metadata) {
    return name -> metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
  }

  /** A failure as gRPC has it: the whole {@code google.rpc.Status} is in the trailers. */
  static StatusRuntimeException status(Failure failure) {
    return StatusProto.toStatusRuntimeException(failure.status());
  }

  static Metadata trailers(StatusRuntimeException status) {
    Metadata trailers = status.getTrailers();
    return trailers == null ? new Metadata() : trailers;
  }

  private ServerServiceDefinition service(ServiceDescriptor service, List<MethodType> methods) {
    Map<MethodDescriptor<Message, Message>, ServerCallHandler<Message, Message>> handlers =
        new LinkedHashMap<>();
    io.grpc.ServiceDescriptor.Builder descriptor =
        io.grpc.ServiceDescriptor.newBuilder(service.getFullName())
            .setSchemaDescriptor(new ServiceSchema(service));
    for (MethodType method : methods) {
      boolean streams = method.kind() == MethodKind.WATCH;
      MethodDescriptor<Message, Message> grpc = descriptor(method, streams);
      MethodMetrics metrics = new MethodMetrics(backend, method, "grpc");
      descriptor.addMethod(grpc);
      handlers.put(
          grpc,
          streams
              ? new GrpcWatch(new WatchMethod(method), metrics, watchers, draining)
              : new GrpcUnary(metrics, draining, options));
    }
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    handlers.forEach(definition::addMethod);
    return definition.build();
  }

  private static MethodDescriptor<Message, Message> descriptor(MethodType method, boolean streams) {
    return MethodDescriptor.<Message, Message>newBuilder()
        .setType(
            streams
                ? MethodDescriptor.MethodType.SERVER_STREAMING
                : MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(method.fullName())
        .setRequestMarshaller(ProtoUtils.marshaller(method.request()))
        .setResponseMarshaller(ProtoUtils.marshaller(method.reply()))
        .setSchemaDescriptor(new MethodSchema(method.descriptor()))
        .setSampledToLocalTracing(false)
        .build();
  }

  /** Lets the reflection service find the contract. */
  private record ServiceSchema(ServiceDescriptor service)
      implements ProtoFileDescriptorSupplier, ProtoServiceDescriptorSupplier {
    @Override
    public FileDescriptor getFileDescriptor() {
      return service.getFile();
    }

    @Override
    public ServiceDescriptor getServiceDescriptor() {
      return service;
    }
  }

  /** As {@link ServiceSchema}, of a method. */
  private record MethodSchema(com.google.protobuf.Descriptors.MethodDescriptor method)
      implements ProtoMethodDescriptorSupplier {
    @Override
    public FileDescriptor getFileDescriptor() {
      return method.getFile();
    }

    @Override
    public ServiceDescriptor getServiceDescriptor() {
      return method.getService();
    }

    @Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return method;
    }
  }
}
