package io.thalweg.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.FieldRule;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * JSON Schemas of messages, as OpenAPI 3.1 has them, by the ProtoJSON mapping and with the bounds
 * of the contract. Lengths of strings are bytes in a contract and characters here, so a bound here
 * is never tighter than what is enforced.
 */
final class OpenApiSchemas {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String REF = "#/components/schemas/";

  private final ObjectNode schemas = JSON.objectNode();
  private final Map<String, ContractComments> comments = new HashMap<>();

  /** All schemas that were referred to. */
  ObjectNode all() {
    return schemas;
  }

  /** A comment of a contract. */
  String comment(FileDescriptor file, String fullName) {
    return comments.computeIfAbsent(file.getName(), name -> ContractComments.of(file)).of(fullName);
  }

  /** A reference to a message's schema, or the schema itself where it has a form of its own. */
  ObjectNode of(Descriptor message) {
    ObjectNode special = special(message.getFullName());
    if (special != null) {
      return special;
    }
    String name = message.getFullName();
    if (!schemas.has(name)) {
      // Before its fields: a message may hold itself.
      schemas.set(name, JSON.objectNode());
      schemas.set(name, object(message, Set.of()));
    }
    return JSON.objectNode().put("$ref", REF + name);
  }

  /** A message as an object without some of its fields. */
  ObjectNode object(Descriptor message, Set<String> without) {
    ObjectNode schema = JSON.objectNode().put("type", "object");
    describe(schema, comment(message.getFile(), message.getFullName()));
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = JSON.arrayNode();
    for (FieldDescriptor field : message.getFields()) {
      if (!without.contains(field.getName())) {
        properties.set(field.getJsonName(), field(field));
        if (rule(field).getRequired()) {
          required.add(field.getJsonName());
        }
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    return schema.put("additionalProperties", false);
  }

  /** A field with its bounds and its comment. */
  ObjectNode field(FieldDescriptor field) {
    FieldRule rule = rule(field);
    ObjectNode schema;
    if (field.isMapField()) {
      schema = JSON.objectNode().put("type", "object");
      schema.set("additionalProperties", single(field.getMessageType().findFieldByName("value")));
    } else if (field.isRepeated()) {
      schema = JSON.objectNode().put("type", "array");
      schema.set("items", single(field));
      if (rule.getMinLength() > 0) {
        schema.put("minItems", rule.getMinLength());
      }
      if (rule.getMaxLength() > 0) {
        schema.put("maxItems", rule.getMaxLength());
      }
    } else {
      schema = single(field);
    }
    describe(schema, comment(field.getFile(), field.getFullName()));
    return schema;
  }

  static FieldRule rule(FieldDescriptor field) {
    return field.getOptions().getExtension(ContractProto.field);
  }

  private ObjectNode single(FieldDescriptor field) {
    FieldRule rule = rule(field);
    ObjectNode schema = JSON.objectNode();
    JavaType type = field.getJavaType();
    switch (type) {
      case STRING -> {
        schema.put("type", "string");
        if (!field.isRepeated()) {
          bound(schema, rule);
        }
      }
      case BYTE_STRING -> schema.put("type", "string").put("contentEncoding", "base64");
      case BOOLEAN -> schema.put("type", "boolean");
      case DOUBLE, FLOAT -> {
        if (rule.getFinite()) {
          schema.put("type", "number");
        } else {
          schema.putArray("type").add("number").add("string");
        }
      }
      case INT -> {
        schema.put("type", "integer");
        if (rule.hasMin()) {
          schema.put("minimum", rule.getMin());
        }
        if (rule.hasMax()) {
          schema.put("maximum", rule.getMax());
        }
      }
      // 64-bit integers are text in JSON, since JavaScript has no such numbers.
      case LONG -> schema.put("type", "string").put("format", "int64");
      case ENUM -> names(schema, field.getEnumType());
      case MESSAGE -> schema = of(field.getMessageType());
    }
    return schema;
  }

  private static void bound(ObjectNode schema, FieldRule rule) {
    if (rule.getRequired() || rule.getMinLength() > 0) {
      schema.put("minLength", 1);
    }
    if (rule.getMaxLength() > 0) {
      schema.put("maxLength", rule.getMaxLength());
    }
  }

  private static void names(ObjectNode schema, EnumDescriptor type) {
    ArrayNode names = schema.put("type", "string").putArray("enum");
    type.getValues().forEach(value -> names.add(value.getName()));
  }

  static void describe(ObjectNode schema, String comment) {
    if (!comment.isEmpty()) {
      schema.put("description", comment);
    }
  }

  private static @org.jspecify.annotations.Nullable ObjectNode special(String name) {
    ObjectNode schema = JSON.objectNode();
    return switch (name) {
      case "google.protobuf.Timestamp" -> schema.put("type", "string").put("format", "date-time");
      case "google.protobuf.Duration" ->
          schema.put("type", "string").put("pattern", "^-?\\d+(\\.\\d{1,9})?s$");
      case "google.protobuf.FieldMask" -> schema.put("type", "string");
      case "google.protobuf.Any", "google.protobuf.Struct" -> schema.put("type", "object");
      case "google.protobuf.Value" -> schema;
      case "google.protobuf.ListValue" -> schema.put("type", "array");
      case "google.protobuf.StringValue",
          "google.protobuf.BytesValue",
          "google.protobuf.Int64Value",
          "google.protobuf.UInt64Value" ->
          nullable(schema, "string");
      case "google.protobuf.DoubleValue", "google.protobuf.FloatValue" ->
          nullable(schema, "number");
      case "google.protobuf.Int32Value", "google.protobuf.UInt32Value" ->
          nullable(schema, "integer");
      case "google.protobuf.BoolValue" -> nullable(schema, "boolean");
      default -> null;
    };
  }

  private static ObjectNode nullable(ObjectNode schema, String type) {
    schema.putArray("type").add(type).add("null");
    return schema;
  }
}
