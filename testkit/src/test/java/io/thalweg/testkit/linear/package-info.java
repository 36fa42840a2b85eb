@NullMarked
package io.thalweg.testkit.linear;

import org.jspecify.annotations.NullMarked;
