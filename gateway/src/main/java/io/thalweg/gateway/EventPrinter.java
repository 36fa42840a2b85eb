package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.Trace;
import io.thalweg.runtime.system.ContractDeclared;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes an event of a partition's log as one line of JSON. What cannot be read as its type says (a
 * type that is not known, a sealed payload) is given as base64. For one reader, whose events come
 * in order.
 */
public final class EventPrinter {
  private static final JsonFactory JSON = new JsonFactory();
  private static final JsonFormat.Printer PAYLOAD =
      JsonFormat.printer().omittingInsignificantWhitespace();

  private final EventCatalog catalog;

  /**
   * @param service name of the service in the log
   * @param known services whose events this build can read; the log may say more
   */
  public EventPrinter(String service, List<ServiceType> known) {
    this.catalog = new EventCatalog(service, known);
  }

  /** The name of an event's type; its number if it is not known. */
  String nameOf(EventView event) {
    Descriptor type = catalog.typeOf(event.type());
    return type == null ? number(event.type()) : type.getName();
  }

  /**
   * The line, without a line break.
   *
   * @param logTimeUs of its batch, microseconds since 1970
   */
  public String print(EventView event, long logTimeUs) throws IOException {
    ByteString payload = ByteString.copyFrom(event.payload());
    Descriptor type = catalog.typeOf(event.type());
    byte[] sealedBy = event.meta().sealedKeyId();
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeNumberField("offset", event.offset());
      json.writeStringField("time", Instant.EPOCH.plus(logTimeUs, ChronoUnit.MICROS).toString());
      json.writeStringField("type", nameOf(event));
      json.writeNumberField("project", event.project());
      json.writeNumberField("slot", event.slot());
      text(json, "principal", event.meta().principal());
      byte[] trace = event.meta().trace();
      if (trace != null) {
        json.writeStringField("traceId", HexFormat.of().formatHex(trace, 0, Trace.ID_BYTES));
      }
      text(json, "sealedKeyId", sealedBy);
      String message = type == null || sealedBy != null ? null : json(payload, type);
      if (message == null) {
        json.writeStringField("payload", Base64.getEncoder().encodeToString(payload.toByteArray()));
      } else {
        json.writeFieldName("event");
        json.writeRawValue(message);
      }
      json.writeEndObject();
    }
    return line.toString();
  }

  private static void text(JsonGenerator json, String field, byte @Nullable [] value)
      throws IOException {
    if (value != null) {
      json.writeStringField(field, new String(value, StandardCharsets.UTF_8));
    }
  }

  private @Nullable String json(ByteString payload, Descriptor type) {
    try {
      Message message = DynamicMessage.parseFrom(type, payload);
      if (type.equals(ContractDeclared.getDescriptor())) {
        ContractDeclared declared = ContractDeclared.parseFrom(payload);
        catalog.declared(declared);
        // The descriptors themselves are long and say nothing to a reader.
        message = declared.toBuilder().clearDescriptors().build();
      }
      return PAYLOAD.print(message);
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  /** As the runtime names a type that it does not know. */
  private static String number(int type) {
    return type < 0 ? "runtime/" + (type - BatchFormat.FIRST_SYSTEM_TYPE) : Integer.toString(type);
  }
}
