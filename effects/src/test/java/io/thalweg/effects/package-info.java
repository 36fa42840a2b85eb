@NullMarked
package io.thalweg.effects;

import org.jspecify.annotations.NullMarked;
