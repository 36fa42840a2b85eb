@NullMarked
package io.thalweg.s3;

import org.jspecify.annotations.NullMarked;
