/**
 * Keyspaces: ordered keys with revisions, transactions, leases and a bounded history.
 *
 * <p>{@link io.thalweg.locks.keyspaces.Keyspaces} is the service. {@code Txns} decides, {@code
 * AppliedChanges} writes the tables of {@code KeyRows}, {@code KeyReads} reads them, {@code Leases}
 * are those of sessions with another contract.
 */
@NullMarked
package io.thalweg.locks.keyspaces;

import org.jspecify.annotations.NullMarked;
