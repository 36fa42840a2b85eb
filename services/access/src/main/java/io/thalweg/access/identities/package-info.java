/** Tells a gateway whose keys are presented: where this service meets the edge. */
@NullMarked
package io.thalweg.access.identities;

import org.jspecify.annotations.NullMarked;
