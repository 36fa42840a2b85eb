package io.thalweg.log.backup;

import com.fasterxml.jackson.core.JsonGenerator;
import io.thalweg.log.Lineage;
import io.thalweg.log.LogCut;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.PartitionId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A cut of a node: of its log, and what else a restore must know.
 *
 * @param timeUs log time of the node when the cut was taken, microseconds since 1970; what was
 *     confirmed to a client before is in it
 * @param services number of partitions of each service of the node
 */
public record BackupCut(LogCut log, long timeUs, Map<String, Integer> services) {
  public BackupCut {
    services = Map.copyOf(services);
  }

  /** As JSON: what {@code GET /v1/operations/backup} answers. */
  public byte[] toJson() {
    return Json.write(out -> {
      out.writeStartObject();
      writeFields(out);
      out.writeEndObject();
    });
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @param where it comes from, for the message
   * @throws BackupException if it is something else
   */
  public static BackupCut fromJson(byte[] json, String where) {
    return read(Json.read(json, where));
  }

  void writeFields(JsonGenerator out) throws IOException {
    out.writeStringField("logId", log.logId().toString());
    out.writeNumberField("position", log.position());
    if (log.start() > 0) {
      out.writeNumberField("start", log.start());
    }
    out.writeNumberField("timeUs", timeUs);
    out.writeStringField("time", Times.text(timeUs));
    out.writeObjectFieldStart("services");
    for (Map.Entry<String, Integer> service : new TreeMap<>(services).entrySet()) {
      out.writeNumberField(service.getKey(), service.getValue());
    }
    out.writeEndObject();
    out.writeArrayFieldStart("partitions");
    for (PartitionCut partition : log.partitions()) {
      writePartition(out, partition);
    }
    out.writeEndArray();
  }

  private static void writePartition(JsonGenerator out, PartitionCut partition) throws IOException {
    out.writeStartObject();
    out.writeStringField("service", partition.id().service());
    out.writeNumberField("index", partition.id().index());
    out.writeNumberField("endOffset", partition.endOffset());
    out.writeNumberField("logTimeUs", partition.logTimeUs());
    out.writeArrayFieldStart("lineages");
    for (Lineage lineage : partition.lineages()) {
      out.writeStartObject();
      out.writeNumberField("ordinal", lineage.ordinal());
      out.writeNumberField("parent", lineage.parent());
      out.writeNumberField("forkOffset", lineage.forkOffset());
      out.writeStringField("id", lineage.id().toString());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  static BackupCut read(Json in) {
    try {
      List<PartitionCut> partitions = new ArrayList<>();
      for (Json partition : in.objects("partitions")) {
        partitions.add(readPartition(partition));
      }
      Map<String, Integer> services = new TreeMap<>();
      Json counts = in.object("services");
      for (String name : counts.names()) {
        services.put(name, Math.toIntExact(counts.number(name)));
      }
      return new BackupCut(
          new LogCut(
              UUID.fromString(in.text("logId")),
              in.number("position"),
              in.numberOr("start", 0),
              partitions),
          in.number("timeUs"),
          services);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw in.bad(String.valueOf(e.getMessage()));
    }
  }

  private static PartitionCut readPartition(Json in) {
    List<Lineage> lineages = new ArrayList<>();
    for (Json lineage : in.objects("lineages")) {
      lineages.add(
          new Lineage(
              Math.toIntExact(lineage.number("ordinal")),
              Math.toIntExact(lineage.number("parent")),
              lineage.number("forkOffset"),
              UUID.fromString(lineage.text("id"))));
    }
    return new PartitionCut(
        new PartitionId(in.text("service"), Math.toIntExact(in.number("index"))),
        in.number("endOffset"),
        in.number("logTimeUs"),
        lineages);
  }
}
