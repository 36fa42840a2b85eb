/**
 * Gives out keys that are never given twice.
 *
 * <h2>From a count to a key</h2>
 *
 * <p>A <em>position</em> is a count in the order in which a namespace gives its keys. {@code
 * BlockOrder} moves blocks of positions to secret places: that gives a <em>number</em>. A mask
 * permutes the number, and it is written in the alphabet ({@link io.thalweg.keys.space}): that is
 * the key. All of it can be turned around, so a chosen key has a position as well. Holders of
 * leases are told numbers and the mask, and never the order of blocks.
 *
 * <ul>
 *   <li>{@link io.thalweg.keys.Keys} is the service: its tables and which class handles what.
 *   <li>{@code Namespaces} creates and deletes, {@code Handouts} gives and leases, {@code Claims}
 *       claims, uses and releases; {@code Reads} and {@code NamespaceList} read.
 *   <li>{@code Ledger} says what became of each position, in ranges; {@code Applied} writes it.
 *   <li>{@code Namespace} is what never changes of one, made ready in memory by {@code
 *       NamespaceIndex}.
 *   <li>{@code Guards} keeps the highest token of each lock.
 * </ul>
 */
@NullMarked
package io.thalweg.keys;

import org.jspecify.annotations.NullMarked;
