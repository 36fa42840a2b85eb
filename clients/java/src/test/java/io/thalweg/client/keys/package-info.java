/** Keys through the client and over HTTP, from a real server. */
@NullMarked
package io.thalweg.client.keys;

import org.jspecify.annotations.NullMarked;
