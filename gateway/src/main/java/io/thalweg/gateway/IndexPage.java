package io.thalweg.gateway;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import io.thalweg.contract.MethodKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;

/** {@code /}: says what this is, and how each method is called. Made once. */
final class IndexPage {
  private static final String RESOURCE = "index.html";
  private static final String METHODS = "<!-- methods -->";

  private IndexPage() {}

  static Endpoint of(List<HttpBinding> bindings) {
    StringBuilder rows = new StringBuilder();
    String service = "";
    String method = "";
    for (HttpBinding binding : inContractOrder(bindings)) {
      MethodDescriptor descriptor = binding.method().descriptor();
      if (!service.equals(descriptor.getService().getFullName())) {
        service = descriptor.getService().getFullName();
        rows.append("<h2>").append(escape(service)).append("</h2>\n");
      }
      // A method with several bindings has one heading.
      if (!method.equals(descriptor.getFullName())) {
        method = descriptor.getFullName();
        rows.append("<h3>").append(escape(descriptor.getName())).append("</h3>\n");
      }
      rows.append("<pre>").append(escape(curl(binding))).append("</pre>\n");
    }
    HttpData page = HttpData.ofUtf8(resource().replace(METHODS, rows));
    ResponseHeaders headers =
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(MediaType.HTML_UTF_8)
            .set("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
            .set("x-content-type-options", "nosniff")
            .build();
    return (ctx, request, values) -> HttpResponse.of(headers, page);
  }

  /** Services by name, methods as the contract has them, each with its bindings in their order. */
  private static List<HttpBinding> inContractOrder(List<HttpBinding> bindings) {
    return bindings.stream()
        .sorted(
            Comparator.comparing(
                    (HttpBinding b) -> b.method().descriptor().getService().getFullName())
                .thenComparingInt(b -> b.method().descriptor().getIndex()))
        .toList();
  }

  private static String curl(HttpBinding binding) {
    StringBuilder line = new StringBuilder("curl ");
    if (binding.method().kind() == MethodKind.WATCH) {
      line.append("-N ");
    }
    switch (binding.httpMethod()) {
      case GET -> {}
      case POST -> line.append(binding.hasBody() ? "" : "-X POST ");
      default -> line.append("-X ").append(binding.httpMethod()).append(' ');
    }
    line.append("'http://HOST:PORT").append(binding.path()).append('\'');
    if (binding.hasBody()) {
      line.append(" --json '{...}'");
    }
    return line.toString();
  }

  private static String resource() {
    try (InputStream in = IndexPage.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
