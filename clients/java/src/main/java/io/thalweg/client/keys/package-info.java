/**
 * Keys that are never given twice: {@link io.thalweg.client.keys.KeysClient} has the methods of the
 * service, {@link io.thalweg.client.keys.KeySource} gives keys out of leased blocks without waiting
 * for the network.
 */
@NullMarked
package io.thalweg.client.keys;

import org.jspecify.annotations.NullMarked;
