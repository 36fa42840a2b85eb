/** Rules that read sources only, so that a broken one is heard of before anything is compiled. */
@NullMarked
package io.thalweg.rules.sources;

import org.jspecify.annotations.NullMarked;
