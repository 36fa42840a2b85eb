/** A first service is tested, simulated and served. */
@NullMarked
package io.thalweg.examples.poll;

import org.jspecify.annotations.NullMarked;
