/** {@code thalweg backup} and {@code thalweg restore}. */
@NullMarked
package io.thalweg.server.backup;

import org.jspecify.annotations.NullMarked;
