package io.thalweg.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.MethodKind;
import io.thalweg.edge.MethodAccess;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The contracts as an OpenAPI 3.1 document: each HTTP binding with its parameters, body, answer and
 * bounds, described in the words of the contract.
 */
final class OpenApi {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String ERROR = "thalweg.Error";

  private final OpenApiSchemas schemas = new OpenApiSchemas();
  private final ObjectNode paths = JSON.objectNode();
  private final ArrayNode tags = JSON.arrayNode();

  private OpenApi() {}

  /** The document. */
  static ObjectNode document(List<HttpBinding> bindings, String version) {
    OpenApi api = new OpenApi();
    bindings.stream()
        .sorted(
            Comparator.comparing(
                    (HttpBinding b) -> b.method().descriptor().getService().getFullName())
                .thenComparingInt(b -> b.method().descriptor().getIndex()))
        .forEach(api::add);
    return api.whole(version);
  }

  private ObjectNode whole(String version) {
    ObjectNode document = JSON.objectNode().put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Thalweg")
        .put("version", version)
        .put(
            "description",
            "A node that runs durable backends. An answer means that what it says is on disk.");
    document.set("tags", tags);
    document.set("paths", paths);
    ObjectNode components = document.putObject("components");
    schemas.all().set(ERROR, errorSchema());
    components.set("schemas", schemas.all());
    components
        .putObject("securitySchemes")
        .putObject("bearer")
        .put("type", "http")
        .put("scheme", "bearer")
        .put("description", "An API key, or a token of the issuer that the node takes.");
    // Credentials are of use where the node asks for them.
    ArrayNode security = document.putArray("security");
    security.addObject().putArray("bearer");
    security.addObject();
    return document;
  }

  private void add(HttpBinding binding) {
    MethodDescriptor method = binding.method().descriptor();
    ServiceDescriptor service = method.getService();
    if (tags.findValuesAsText("name").stream().noneMatch(service.getName()::equals)) {
      ObjectNode tag = tags.addObject().put("name", service.getName());
      OpenApiSchemas.describe(tag, schemas.comment(service.getFile(), service.getFullName()));
    }
    String path = binding.path().toString();
    ObjectNode item = paths.withObjectProperty(path);
    String verb = binding.httpMethod().name().toLowerCase(Locale.ROOT);
    ObjectNode operation = item.putObject(verb);
    operation.putArray("tags").add(service.getName());
    operation.put("operationId", operationId(binding));
    String comment = schemas.comment(method.getFile(), method.getFullName());
    if (!comment.isEmpty()) {
      int end = comment.indexOf(". ");
      operation.put(
          "summary", comment.replace('\n', ' ').substring(0, end < 0 ? comment.length() : end));
      operation.put("description", comment);
    }
    MethodAccess access = MethodAccess.of(binding.method());
    operation.put("x-thalweg-kind", binding.method().kind().name());
    operation.put("x-thalweg-permission", permission(access));
    parameters(binding, operation);
    body(binding, operation);
    answers(binding, operation);
  }

  private static String permission(MethodAccess access) {
    return access.service() + ":" + access.access().name().toLowerCase(Locale.ROOT);
  }

  /** A method with several bindings has an operation for each. */
  private String operationId(HttpBinding binding) {
    String id =
        binding.method().descriptor().getService().getName()
            + "_"
            + binding.method().descriptor().getName();
    boolean taken = paths.findValuesAsText("operationId").contains(id);
    return taken ? id + "_" + binding.httpMethod().name().toLowerCase(Locale.ROOT) : id;
  }

  private void parameters(HttpBinding binding, ObjectNode operation) {
    ArrayNode parameters = operation.putArray("parameters");
    Descriptor request = binding.method().descriptor().getInputType();
    for (String name : binding.path().variables()) {
      FieldDescriptor field = request.findFieldByName(name);
      ObjectNode parameter =
          parameters.addObject().put("name", name).put("in", "path").put("required", true);
      parameter.set(
          "schema", field == null ? JSON.objectNode().put("type", "string") : schemas.field(field));
    }
    for (FieldDescriptor field : binding.queryFields()) {
      ObjectNode parameter =
          parameters
              .addObject()
              .put("name", field.getJsonName())
              .put("in", "query")
              .put("required", OpenApiSchemas.rule(field).getRequired());
      OpenApiSchemas.describe(parameter, schemas.comment(field.getFile(), field.getFullName()));
      parameter.set("schema", schemas.field(field));
    }
    var rule = binding.method().descriptor().getOptions().getExtension(ContractProto.method);
    if (binding.method().kind() == MethodKind.COMMAND && !rule.getSecretReply()) {
      ObjectNode parameter =
          parameters
              .addObject()
              .put("name", "Idempotency-Key")
              .put("in", "header")
              .put(
                  "description",
                  "Your name for this request: sent again under it, it is executed once and gets"
                      + " the same answer.");
      parameter.putObject("schema").put("type", "string").put("minLength", 1).put("maxLength", 128);
    }
    if (binding.method().kind() == MethodKind.WATCH) {
      ObjectNode parameter =
          parameters
              .addObject()
              .put("name", "Last-Event-ID")
              .put("in", "header")
              .put("description", "Where to go on: the id of the last event that was seen.");
      parameter.putObject("schema").put("type", "string");
    }
  }

  private void body(HttpBinding binding, ObjectNode operation) {
    if (!binding.hasBody()) {
      return;
    }
    Descriptor request = binding.method().descriptor().getInputType();
    FieldDescriptor bodyField = binding.bodyField();
    Set<String> inPath = new HashSet<>(binding.path().variables());
    ObjectNode body = operation.putObject("requestBody").put("required", true);
    body.putObject("content")
        .putObject("application/json")
        .set(
            "schema",
            bodyField == null ? schemas.object(request, inPath) : schemas.field(bodyField));
  }

  private void answers(HttpBinding binding, ObjectNode operation) {
    boolean watch = binding.method().kind() == MethodKind.WATCH;
    ObjectNode answers = operation.putObject("responses");
    ObjectNode ok =
        answers
            .putObject("200")
            .put("description", watch ? "A stream of events, as they happen." : "Done.");
    if (!watch) {
      ok.putObject("headers")
          .putObject("Thalweg-Position")
          .put("description", "How far the state was that the answer saw.")
          .putObject("schema")
          .put("type", "string");
    }
    ok.putObject("content")
        .putObject(watch ? "text/event-stream" : "application/json")
        .set("schema", schemas.of(binding.method().descriptor().getOutputType()));
    answers
        .putObject("default")
        .put("description", "An error.")
        .putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", "#/components/schemas/" + ERROR);
  }

  private static ObjectNode errorSchema() {
    ObjectNode schema = JSON.objectNode().put("type", "object");
    ObjectNode error = schema.putObject("properties").putObject("error").put("type", "object");
    ObjectNode properties = error.putObject("properties");
    properties.putObject("code").put("type", "integer").put("description", "The HTTP status.");
    properties
        .putObject("status")
        .put("type", "string")
        .put("description", "Name of the google.rpc.Code, such as INVALID_ARGUMENT.");
    properties.putObject("message").put("type", "string");
    ObjectNode details = properties.putObject("details").put("type", "array");
    details
        .put("description", "Fields that were out of bounds, a time to come back, and such.")
        .putObject("items")
        .put("type", "object");
    return schema;
  }
}
