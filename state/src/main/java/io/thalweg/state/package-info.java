/** Ordered tables: an overlay in memory over one RocksDB per node. */
@NullMarked
package io.thalweg.state;

import org.jspecify.annotations.NullMarked;
