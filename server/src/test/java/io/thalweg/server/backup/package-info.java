@NullMarked
package io.thalweg.server.backup;

import org.jspecify.annotations.NullMarked;
