@NullMarked
package io.thalweg.runtime.keys;

import org.jspecify.annotations.NullMarked;
