@NullMarked
package io.thalweg.typescript;

import org.jspecify.annotations.NullMarked;
