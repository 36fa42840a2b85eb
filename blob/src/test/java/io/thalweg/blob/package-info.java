@NullMarked
package io.thalweg.blob;

import org.jspecify.annotations.NullMarked;
