package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.List;

/** What a path leads to. Called on the event loop of the connection; must not block. */
interface Endpoint {
  /**
   * @param pathValues of the path's variables, percent-encoded
   */
  HttpResponse serve(ServiceRequestContext ctx, HttpRequest request, List<String> pathValues);

  /** Whether the answer is a stream that may stay open. */
  default boolean streams() {
    return false;
  }
}
