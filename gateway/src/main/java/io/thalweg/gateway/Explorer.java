package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * {@code /openapi.json}, and {@code /docs}: Swagger UI over it, served from this jar without any
 * request to the outside. Nothing of it is secret: it says what the contracts say.
 */
final class Explorer {
  private static final String POM = "/META-INF/maven/org.webjars/swagger-ui/pom.properties";
  private static final String FILES = "/META-INF/resources/webjars/swagger-ui/";
  private static final String POLICY =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
          + " frame-ancestors 'none'";
  private static final Map<String, MediaType> SERVED =
      Map.of(
          "swagger-ui.css", MediaType.CSS_UTF_8,
          "swagger-ui-bundle.js", MediaType.JAVASCRIPT_UTF_8,
          "favicon-32x32.png", MediaType.PNG);
  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Thalweg: methods</title>
      <link rel="icon" href="/docs/favicon-32x32.png">
      <link rel="stylesheet" href="/docs/swagger-ui.css">
      </head>
      <body>
      <div id="ui"></div>
      <script src="/docs/swagger-ui-bundle.js"></script>
      <script src="/docs/start.js"></script>
      </body>
      </html>
      """;
  private static final String START =
      """
      SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true,
        docExpansion: 'list', tryItOutEnabled: true, persistAuthorization: false });
      """;

  private Explorer() {}

  /** Adds its paths. */
  static void add(Router<Endpoint> router, List<HttpBinding> bindings, String version) {
    route(router, "/openapi.json", document(List.copyOf(bindings), version));
    route(router, "/docs", fixed(MediaType.HTML_UTF_8, PAGE.getBytes(StandardCharsets.UTF_8)));
    route(
        router,
        "/docs/start.js",
        fixed(MediaType.JAVASCRIPT_UTF_8, START.getBytes(StandardCharsets.UTF_8)));
    SERVED.forEach((file, type) -> route(router, "/docs/" + file, resource(file, type)));
  }

  private static void route(Router<Endpoint> router, String path, Endpoint endpoint) {
    router.add(HttpMethod.GET, PathTemplate.parse(path), endpoint);
  }

  private static byte[] json(List<HttpBinding> bindings, String version) {
    try {
      return new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValueAsBytes(OpenApi.document(bindings, version));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /** Made when it is first asked for, so that no start waits for it. */
  private static Endpoint document(List<HttpBinding> bindings, String version) {
    ResponseHeaders headers = headers(MediaType.JSON_UTF_8);
    AtomicReference<byte @Nullable []> made = new AtomicReference<>();
    return (ctx, request, values) -> {
      byte[] json = made.updateAndGet(known -> known == null ? json(bindings, version) : known);
      return HttpResponse.of(headers, HttpData.wrap(Objects.requireNonNull(json)));
    };
  }

  private static Endpoint fixed(MediaType type, byte[] bytes) {
    ResponseHeaders headers = headers(type);
    return (ctx, request, values) -> HttpResponse.of(headers, HttpData.wrap(bytes));
  }

  /** Read when it is asked for: few look, and it is large. */
  private static Endpoint resource(String file, MediaType type) {
    ResponseHeaders headers = headers(type);
    return (ctx, request, values) -> {
      byte[] bytes = read(FILES + version() + "/" + file);
      return bytes == null
          ? ErrorResponses.of(HttpStatus.NOT_FOUND, file + " is not in this build")
          : HttpResponse.of(headers, HttpData.wrap(bytes));
    };
  }

  private static ResponseHeaders headers(MediaType type) {
    return ResponseHeaders.builder(HttpStatus.OK)
        .contentType(type)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
        .set("content-security-policy", POLICY)
        .set("x-content-type-options", "nosniff")
        .build();
  }

  /** Which version of Swagger UI this build has; it is in the paths of its files. */
  private static String version() {
    byte[] bytes = read(POM);
    Properties properties = new Properties();
    if (bytes != null) {
      try (InputStream in = new java.io.ByteArrayInputStream(bytes)) {
        properties.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return properties.getProperty("version", "none");
  }

  private static byte @Nullable [] read(String resource) {
    try (InputStream in = Explorer.class.getResourceAsStream(resource)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
