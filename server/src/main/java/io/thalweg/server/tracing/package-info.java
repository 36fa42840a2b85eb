/** Requests that are followed, by OpenTelemetry. */
@NullMarked
package io.thalweg.server.tracing;

import org.jspecify.annotations.NullMarked;
