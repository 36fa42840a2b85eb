@NullMarked
package io.thalweg.server;

import org.jspecify.annotations.NullMarked;
