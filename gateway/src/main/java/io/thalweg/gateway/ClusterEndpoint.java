package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.google.rpc.Code;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.Failure;
import java.io.IOException;

/**
 * {@code GET /v1/operations/cluster}: who leads and follows what, and what is unhealthy, as this
 * node has heard. Every node answers for the whole cluster.
 */
final class ClusterEndpoint {
  static final String PATH = "/v1/operations/cluster";

  private static final JsonFactory JSON = new JsonFactory();

  private final Backend backend;
  private final Operations operations;

  ClusterEndpoint(Backend backend, Operations operations) {
    this.backend = backend;
    this.operations = operations;
  }

  Endpoint view() {
    return (ctx, request, values) ->
        operations.answer(
            ctx,
            () -> {
              ClusterView view = backend.cluster();
              if (view == null) {
                throw Failure.of(
                    Code.FAILED_PRECONDITION, "this node is the only one: it has no cluster");
              }
              return Operations.json(json(view));
            });
  }

  private static byte[] json(ClusterView view) throws IOException {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(4096);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeStringField("self", view.self());
      out.writeArrayFieldStart("unhealthy");
      for (String reason : view.unhealthy()) {
        out.writeString(reason);
      }
      out.writeEndArray();
      out.writeArrayFieldStart("nodes");
      for (ClusterView.NodeView node : view.nodes()) {
        out.writeStartObject();
        out.writeStringField("id", node.id());
        out.writeStringField("address", node.address());
        out.writeBooleanField("leaving", node.leaving());
        out.writeNumberField("aliveMs", node.aliveMs());
        out.writeNumberField("heardMs", node.heardMs());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeArrayFieldStart("partitions");
      for (ClusterView.PartitionView partition : view.partitions()) {
        write(out, partition);
      }
      out.writeEndArray();
      out.writeEndObject();
      out.flush();
      return bytes.toByteArray();
    }
  }

  private static void write(JsonGenerator out, ClusterView.PartitionView partition)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("name", partition.name());
    if (partition.leader() != null) {
      out.writeStringField("leader", partition.leader());
    }
    out.writeNumberField("epoch", partition.epoch());
    out.writeNumberField("position", partition.position());
    out.writeArrayFieldStart("others");
    for (ClusterView.CopyView copy : partition.others()) {
      out.writeStartObject();
      out.writeStringField("node", copy.node());
      out.writeStringField("role", copy.role());
      out.writeNumberField("lag", copy.lag());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }
}
