/** The rules of the house, as tests. */
@NullMarked
package io.thalweg.rules;

import org.jspecify.annotations.NullMarked;
