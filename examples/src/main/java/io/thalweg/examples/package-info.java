/** Small programs that use Thalweg. Each is complete: copy one and begin. */
@NullMarked
package io.thalweg.examples;

import org.jspecify.annotations.NullMarked;
