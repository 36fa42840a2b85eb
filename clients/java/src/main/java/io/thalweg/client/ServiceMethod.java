package io.thalweg.client;

import com.google.protobuf.Descriptors;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.MethodKind;
import io.thalweg.contract.MethodRule;

/**
 * A method of a service, as its contract describes it. What kind it is decides how the client
 * treats it: commands get a request name, and with it they may be sent again; queries may be sent
 * again and hedged; signals and commands whose answer is a secret are sent once.
 *
 * @param <Q> request
 * @param <R> reply; of a watch: its items
 */
public final class ServiceMethod<Q extends Message, R extends Message> {
  private final MethodDescriptor<Q, R> grpc;
  private final Descriptors.MethodDescriptor descriptor;
  private final Treatment treatment;

  /** How a method may be sent. */
  enum Treatment {
    /** Under a name; again under the same one. */
    NAMED,
    /** Again as often as wished, also twice at a time. */
    READ,
    /** Once. */
    ONCE,
    /** As a stream that resumes. */
    WATCH
  }

  private ServiceMethod(
      MethodDescriptor<Q, R> grpc, Descriptors.MethodDescriptor descriptor, Treatment treatment) {
    this.grpc = grpc;
    this.descriptor = descriptor;
    this.treatment = treatment;
  }

  /**
   * A method by its name in the contract.
   *
   * @param service from the generated code: {@code
   *     LeaderboardProto.getDescriptor().findServiceByName("Leaderboards")}
   * @param name such as {@code SubmitScore}
   * @throws IllegalArgumentException if there is no such method, if clients cannot call it, or if
   *     its messages are others
   */
  public static <Q extends Message, R extends Message> ServiceMethod<Q, R> of(
      ServiceDescriptor service, String name, Q request, R reply) {
    Descriptors.MethodDescriptor method = service.findMethodByName(name);
    if (method == null) {
      throw new IllegalArgumentException(service.getFullName() + " has no method " + name);
    }
    MethodRule rule = method.getOptions().getExtension(ContractProto.method);
    if (rule.getInternal()) {
      throw new IllegalArgumentException(method.getFullName() + " is not for clients");
    }
    if (!method.getInputType().equals(request.getDescriptorForType())
        || !method.getOutputType().equals(reply.getDescriptorForType())) {
      throw new IllegalArgumentException(
          "%s takes %s and gives %s"
              .formatted(
                  method.getFullName(),
                  method.getInputType().getName(),
                  method.getOutputType().getName()));
    }
    Treatment treatment = treatment(method, rule);
    MethodDescriptor<Q, R> grpc =
        MethodDescriptor.<Q, R>newBuilder()
            .setType(
                treatment == Treatment.WATCH
                    ? MethodDescriptor.MethodType.SERVER_STREAMING
                    : MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(service.getFullName(), name))
            .setRequestMarshaller(ProtoUtils.marshaller(request))
            .setResponseMarshaller(ProtoUtils.marshaller(reply))
            .setIdempotent(treatment != Treatment.ONCE)
            .setSafe(treatment == Treatment.READ)
            .build();
    return new ServiceMethod<>(grpc, method, treatment);
  }

  private static Treatment treatment(Descriptors.MethodDescriptor method, MethodRule rule) {
    MethodKind kind = rule.getKind();
    return switch (kind) {
      case COMMAND -> rule.getSecretReply() ? Treatment.ONCE : Treatment.NAMED;
      case POINT_QUERY, SCAN -> Treatment.READ;
      case SIGNAL -> Treatment.ONCE;
      case WATCH -> Treatment.WATCH;
      case METHOD_KIND_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(method.getFullName() + " has no kind");
    };
  }

  /**
   * The same command, sent once and without a name. For commands that are many and that something
   * else makes safe: the server remembers a bounded number of names. After a failure it is not
   * known whether it was executed ({@link ThalwegException#outcomeUnknown}).
   *
   * @throws IllegalArgumentException if it is no command
   */
  public ServiceMethod<Q, R> sentOnce() {
    if (treatment != Treatment.NAMED && treatment != Treatment.ONCE) {
      throw new IllegalArgumentException(this + " is no command");
    }
    return new ServiceMethod<>(
        grpc.toBuilder().setIdempotent(false).build(), descriptor, Treatment.ONCE);
  }

  /** Name of the method, such as {@code SubmitScore}. */
  public String name() {
    return descriptor.getName();
  }

  /** Name of its service, such as {@code thalweg.leaderboard.v1.Leaderboards}. */
  public String service() {
    return descriptor.getService().getFullName();
  }

  MethodDescriptor<Q, R> grpc() {
    return grpc;
  }

  Descriptors.MethodDescriptor descriptor() {
    return descriptor;
  }

  Treatment treatment() {
    return treatment;
  }

  @Override
  public String toString() {
    return descriptor.getFullName();
  }
}
