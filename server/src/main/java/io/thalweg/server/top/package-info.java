/** {@code thalweg top}: reads the metrics of a running node and shows rates and percentiles. */
@NullMarked
package io.thalweg.server.top;

import org.jspecify.annotations.NullMarked;
