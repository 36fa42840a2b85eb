package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpStatus;

/** HTTP statuses of {@code google.rpc.Code}, as {@code google/rpc/code.proto} gives them. */
final class HttpCodes {
  private HttpCodes() {}

  static HttpStatus status(Code code) {
    return switch (code) {
      case OK -> HttpStatus.OK;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> HttpStatus.BAD_REQUEST;
      case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
      case PERMISSION_DENIED -> HttpStatus.FORBIDDEN;
      case NOT_FOUND -> HttpStatus.NOT_FOUND;
      case ALREADY_EXISTS, ABORTED -> HttpStatus.CONFLICT;
      case RESOURCE_EXHAUSTED -> HttpStatus.TOO_MANY_REQUESTS;
      case CANCELLED -> HttpStatus.valueOf(499);
      case UNIMPLEMENTED -> HttpStatus.NOT_IMPLEMENTED;
      case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
      case DEADLINE_EXCEEDED -> HttpStatus.GATEWAY_TIMEOUT;
      case UNKNOWN, INTERNAL, DATA_LOSS, UNRECOGNIZED -> HttpStatus.INTERNAL_SERVER_ERROR;
    };
  }

  /** The code that stands in the body of an error that only HTTP knows. */
  static Code code(HttpStatus status) {
    return switch (status.code()) {
      case 401 -> Code.UNAUTHENTICATED;
      case 403, 421 -> Code.PERMISSION_DENIED;
      case 404 -> Code.NOT_FOUND;
      case 405, 501 -> Code.UNIMPLEMENTED;
      case 408, 504 -> Code.DEADLINE_EXCEEDED;
      case 429 -> Code.RESOURCE_EXHAUSTED;
      case 503 -> Code.UNAVAILABLE;
      default -> status.isClientError() ? Code.INVALID_ARGUMENT : Code.INTERNAL;
    };
  }
}
