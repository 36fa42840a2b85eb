@NullMarked
package io.thalweg.peers;

import org.jspecify.annotations.NullMarked;
