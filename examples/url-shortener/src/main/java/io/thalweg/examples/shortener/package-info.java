/** A URL shortener in under 100 lines. */
@NullMarked
package io.thalweg.examples.shortener;

import org.jspecify.annotations.NullMarked;
