@NullMarked
package io.thalweg.gateway;

import org.jspecify.annotations.NullMarked;
