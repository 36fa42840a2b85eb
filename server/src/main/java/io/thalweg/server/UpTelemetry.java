package io.thalweg.server;

import org.jspecify.annotations.Nullable;

/**
 * How a node tells what it does.
 *
 * @param otlpEndpoint receiver of traces, a URL; null: as the environment says, else none
 * @param logFormat "text" or "json"
 * @throws BadOption naming the option and what it may be
 */
record UpTelemetry(@Nullable String otlpEndpoint, String logFormat) {
  static final UpTelemetry DEFAULTS = new UpTelemetry(null, "text");

  UpTelemetry {
    if (!logFormat.equals("text") && !logFormat.equals("json")) {
      throw new BadOption("log-format must be text or json; got '" + logFormat + "'");
    }
  }

  /** The same, with what is not null instead. */
  UpTelemetry with(@Nullable String endpoint, @Nullable String format) {
    return new UpTelemetry(
        endpoint == null ? otlpEndpoint : endpoint, format == null ? logFormat : format);
  }
}
