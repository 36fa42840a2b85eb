package io.thalweg.gateway;

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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The console at {@code /}, if its files are on the class path; {@code /console/FILE} are the files
 * of its page, whose names change with what is in them. Nothing of it is secret: what a page shows
 * it asks for with the credentials of who looks at it.
 */
final class ConsolePages {
  private static final String FOLDER = "/META-INF/thalweg/console/";
  private static final String INDEX = "index.html";
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+");

  /**
   * A page of another origin must not be able to show this one, nor this one to load from others.
   */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline';"
          + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self';"
          + " frame-ancestors 'none'";

  private static final Map<String, MediaType> TYPES =
      Map.of(
          "html", MediaType.HTML_UTF_8,
          "js", MediaType.JAVASCRIPT_UTF_8,
          "css", MediaType.CSS_UTF_8,
          "svg", MediaType.SVG_UTF_8,
          "json", MediaType.JSON_UTF_8);

  private ConsolePages() {}

  /**
   * Adds its paths.
   *
   * @param otherwise what {@code /} is where this build has no console
   */
  static void add(Router<Endpoint> router, Endpoint otherwise) {
    byte[] index = read(INDEX);
    if (index == null) {
      router.add(HttpMethod.GET, PathTemplate.parse("/"), otherwise);
      return;
    }
    Fixed page = new Fixed(headers(INDEX, "no-cache"), HttpData.wrap(index));
    router.add(HttpMethod.GET, PathTemplate.parse("/"), (ctx, request, values) -> page.response());
    Map<String, Fixed> files = new ConcurrentHashMap<>();
    router.add(
        HttpMethod.GET,
        PathTemplate.parse("/console/{file}"),
        (ctx, request, values) -> {
          String name = values.getFirst();
          Fixed known = files.get(name);
          if (known == null) {
            byte[] bytes = FILE.matcher(name).matches() ? read(name) : null;
            if (bytes == null) {
              return ErrorResponses.of(HttpStatus.NOT_FOUND, "the console has no such file");
            }
            known =
                new Fixed(
                    headers(name, "public, max-age=31536000, immutable"), HttpData.wrap(bytes));
            files.put(name, known);
          }
          return known.response();
        });
  }

  /** An answer that is always the same. */
  private record Fixed(ResponseHeaders headers, HttpData body) {
    HttpResponse response() {
      return HttpResponse.of(headers, body);
    }
  }

  private static ResponseHeaders headers(String name, String caching) {
    String extension = name.substring(name.lastIndexOf('.') + 1);
    return ResponseHeaders.builder(HttpStatus.OK)
        .contentType(TYPES.getOrDefault(extension, MediaType.OCTET_STREAM))
        .set(HttpHeaderNames.CACHE_CONTROL, caching)
        .set("content-security-policy", POLICY)
        .set("referrer-policy", "no-referrer")
        .set("x-content-type-options", "nosniff")
        .build();
  }

  private static byte @Nullable [] read(String file) {
    try (InputStream in = ConsolePages.class.getResourceAsStream(FOLDER + file)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
