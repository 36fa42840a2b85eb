/** What nodes of a cluster share, with the runtime's own insight. */
@NullMarked
package io.thalweg.runtime;

import org.jspecify.annotations.NullMarked;
