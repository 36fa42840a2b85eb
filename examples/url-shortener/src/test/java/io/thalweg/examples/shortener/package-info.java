/** The shortener is used over HTTP. */
@NullMarked
package io.thalweg.examples.shortener;

import org.jspecify.annotations.NullMarked;
