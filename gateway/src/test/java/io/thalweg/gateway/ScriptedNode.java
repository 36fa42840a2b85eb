package io.thalweg.gateway;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.contract.MethodKind;
import io.thalweg.gateway.test.Everything;
import io.thalweg.gateway.test.EverythingProto;
import io.thalweg.gateway.test.GetThingRequest;
import io.thalweg.gateway.test.PutThingRequest;
import io.thalweg.log.LogStatus;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.NodeStatus;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A node whose answers a test says, for what a real one does only by chance: an answer that does
 * not come, a queue that is full. Requests wait in {@link #requests} too.
 */
final class ScriptedNode implements Backend {
  final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  volatile BiConsumer<Request, ReplyHandler> script =
      (request, handler) -> handler.failure(Failure.of(com.google.rpc.Code.INTERNAL, "no script"));
  volatile List<String> reasons = List.of();
  volatile double queuedMs;

  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @Override
  public List<MethodType> methods() {
    return List.of(
        method("GetThing", MethodKind.POINT_QUERY, GetThingRequest.getDefaultInstance()),
        method("PutThing", MethodKind.COMMAND, PutThingRequest.getDefaultInstance()));
  }

  private static MethodType method(String name, MethodKind kind, Message request) {
    ServiceDescriptor service = EverythingProto.getDescriptor().findServiceByName("Things");
    return new MethodType(
        service.findMethodByName(name), kind, request, Everything.getDefaultInstance());
  }

  @Override
  public void submit(Request request, ReplyHandler handler) {
    requests.add(request);
    script.accept(request, handler);
  }

  @Override
  public WatchStream watch(Request request, @Nullable String after) {
    throw new UnsupportedOperationException();
  }

  @Override
  public NodeStatus status() {
    return new NodeStatus(
        reasons.isEmpty(), reasons, List.of(), new LogStatus(0, 0, 0, 0, 0, 0, 0, null));
  }

  @Override
  public double queuedMs() {
    return queuedMs;
  }

  @Override
  public MeterRegistry meters() {
    return meters;
  }
}
