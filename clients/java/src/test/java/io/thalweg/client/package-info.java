@NullMarked
package io.thalweg.client;

import org.jspecify.annotations.NullMarked;
