@NullMarked
package io.thalweg.server.load;

import org.jspecify.annotations.NullMarked;
