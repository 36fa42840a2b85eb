/**
 * Whether a contract is well formed, and whether it breaks what was released.
 *
 * <p>{@link ContractCheck} is the one line in a service's tests. {@link Releases} says where
 * records of releases lie. {@link Rule} is the table of what is found, why, and what to do instead.
 */
@NullMarked
package io.thalweg.contract.check;

import org.jspecify.annotations.NullMarked;
