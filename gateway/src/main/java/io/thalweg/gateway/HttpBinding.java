package io.thalweg.gateway;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.QueryParams;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP binding of a method, compiled: where each field of its request comes from. Fields that
 * are neither in the path nor in the body come from the query.
 */
final class HttpBinding {
  private final MethodType method;
  private final HttpMethod httpMethod;
  private final PathTemplate path;
  private final MessageShape shape;
  private final List<FieldPath> pathFields;
  private final Set<String> pathNames;
  private final boolean wholeBody;
  private final MessageShape.@Nullable Field bodyField;

  private HttpBinding(MethodType method, HttpMethod httpMethod, String path, String body) {
    this.method = method;
    this.httpMethod = httpMethod;
    this.path = PathTemplate.parse(path);
    Descriptor request = method.descriptor().getInputType();
    this.shape = MessageShape.of(request);
    this.pathFields = new ArrayList<>();
    this.pathNames = new HashSet<>();
    for (String name : this.path.variables()) {
      pathFields.add(FieldPath.resolve(shape, name));
      pathNames.add(name);
    }
    this.wholeBody = body.equals("*");
    this.bodyField = wholeBody || body.isEmpty() ? null : shape.field(body);
    if (!wholeBody && !body.isEmpty() && bodyField == null) {
      throw new IllegalArgumentException("body: there is no field '" + body + "'");
    }
  }

  /**
   * The bindings of a method; none if its contract has no {@code google.api.http} rule.
   *
   * @throws IllegalArgumentException if a rule cannot be served, naming method and rule
   */
  static List<HttpBinding> of(MethodType method) {
    if (!method.descriptor().getOptions().hasExtension(AnnotationsProto.http)) {
      return List.of();
    }
    HttpRule rule = method.descriptor().getOptions().getExtension(AnnotationsProto.http);
    List<HttpBinding> bindings = new ArrayList<>();
    bindings.add(of(method, rule));
    rule.getAdditionalBindingsList().forEach(r -> bindings.add(of(method, r)));
    return List.copyOf(bindings);
  }

  private static HttpBinding of(MethodType method, HttpRule rule) {
    try {
      return switch (rule.getPatternCase()) {
        case GET -> new HttpBinding(method, HttpMethod.GET, rule.getGet(), rule.getBody());
        case PUT -> new HttpBinding(method, HttpMethod.PUT, rule.getPut(), rule.getBody());
        case POST -> new HttpBinding(method, HttpMethod.POST, rule.getPost(), rule.getBody());
        case DELETE -> new HttpBinding(method, HttpMethod.DELETE, rule.getDelete(), rule.getBody());
        case PATCH -> new HttpBinding(method, HttpMethod.PATCH, rule.getPatch(), rule.getBody());
        case CUSTOM, PATTERN_NOT_SET ->
            throw new IllegalArgumentException("a rule must be get, put, post, delete or patch");
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "google.api.http of " + method.fullName() + ": " + e.getMessage(), e);
    }
  }

  MethodType method() {
    return method;
  }

  HttpMethod httpMethod() {
    return httpMethod;
  }

  PathTemplate path() {
    return path;
  }

  /** The field that is the body; null if there is none, or all of the request is. */
  @Nullable FieldDescriptor bodyField() {
    return bodyField == null ? null : bodyField.descriptor();
  }

  /** The fields that may come from the query, without those within messages. */
  List<FieldDescriptor> queryFields() {
    if (wholeBody) {
      return List.of();
    }
    return shape.fields().stream()
        .map(MessageShape.Field::descriptor)
        .filter(field -> !pathNames.contains(field.getName()) && !field.equals(bodyField()))
        .filter(field -> FieldPath.find(shape, field.getName()) != null)
        .toList();
  }

  /** Whether requests have a body. */
  boolean hasBody() {
    return wholeBody || bodyField != null;
  }

  /**
   * Makes the request's message.
   *
   * @param values of the path's variables, percent-encoded
   * @param query fields of the query
   * @param body JSON; empty for none
   * @throws Failure INVALID_ARGUMENT naming the field
   */
  Message.Builder read(List<String> values, QueryParams query, byte[] body) {
    Message.Builder builder = method.request().newBuilderForType();
    if (body.length > 0) {
      if (wholeBody) {
        JsonReader.read(body, shape, builder);
      } else if (bodyField != null) {
        JsonReader.readField(body, bodyField, builder);
      }
    }
    for (int i = 0; i < pathFields.size(); i++) {
      FieldPath field = pathFields.get(i);
      String text = PercentCoding.decode(values.get(i), field.name());
      Object value = field.parse(builder, text);
      refuseOther(builder, field, value);
      field.set(builder, value);
    }
    if (!query.isEmpty()) {
      readQuery(query, builder);
    }
    return builder;
  }

  /** A body may repeat what the path says, but not contradict it. */
  private static void refuseOther(Message.Builder builder, FieldPath field, Object value) {
    Object present = field.get(builder);
    if (present != null && !present.equals(value)) {
      throw Failure.invalid(
          field.name(),
          "in the body must be what the path says, '"
              + Failure.quote(value.toString())
              + "', or left out; got '"
              + Failure.quote(present.toString())
              + "'");
    }
  }

  private void readQuery(QueryParams query, Message.Builder builder) {
    for (String name : query.names()) {
      if (name.equals(Visitors.TOKEN_PARAMETER)) {
        continue;
      }
      FieldPath field = wholeBody ? null : FieldPath.find(shape, name);
      if (field == null || isOfBody(field)) {
        throw Failure.invalid(Failure.quote(name), "is not a query parameter; " + parameters());
      }
      FieldDescriptor leaf = field.leaf();
      if (pathNames.contains(field.name())) {
        throw Failure.invalid(field.name(), "is in the path; it must not be in the query too");
      }
      List<String> values = query.getAll(name);
      boolean once = values.size() == 1 && field.get(builder) == null;
      if (!leaf.isRepeated() && !once) {
        throw Failure.invalid(name, "must be given once in the query");
      }
      for (String text : values) {
        field.set(builder, field.parse(builder, text));
      }
    }
  }

  private boolean isOfBody(FieldPath field) {
    FieldDescriptor top = field.parents().isEmpty() ? field.leaf() : field.parents().getFirst();
    return bodyField != null && bodyField.descriptor().equals(top);
  }

  private String parameters() {
    List<String> names = new ArrayList<>();
    for (MessageShape.Field field : shape.fields()) {
      boolean taken = pathNames.contains(field.descriptor().getName());
      if (!wholeBody && !taken && !field.equals(bodyField)) {
        names.add(field.descriptor().getName());
      }
    }
    return names.isEmpty()
        ? "there are none" + (wholeBody ? ": fields go into the JSON body" : "")
        : "there are " + String.join(", ", names);
  }

  @Override
  public String toString() {
    return httpMethod + " " + path;
  }
}
