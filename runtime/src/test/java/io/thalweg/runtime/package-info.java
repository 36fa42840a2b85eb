/** Tests of the runtime, on the embedded engine with a real log and a real RocksDB. */
@NullMarked
package io.thalweg.runtime;

import org.jspecify.annotations.NullMarked;
