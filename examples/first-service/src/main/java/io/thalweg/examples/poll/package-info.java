/** A first service, polls with votes. The README of this module tells how it came about. */
@NullMarked
package io.thalweg.examples.poll;

import org.jspecify.annotations.NullMarked;
