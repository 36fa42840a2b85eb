/**
 * Documents of the Yjs world: {@link io.thalweg.docs.yjs.YDoc} holds one and brings updates into
 * it; {@link io.thalweg.docs.yjs.Update} works on updates without a document.
 *
 * <p>The format is that of Yjs 13: updates in version 1, as providers send them, and in version 2.
 * Lengths and positions count UTF-16 units, as {@link java.lang.String} does.
 */
@NullMarked
package io.thalweg.docs.yjs;

import org.jspecify.annotations.NullMarked;
