/**
 * Projects, and the keys that callers prove themselves with.
 *
 * <ul>
 *   <li>{@link io.thalweg.access.Access} is the service: its tables and which class handles what.
 *   <li>{@code Projects} gives each project the number that stands for it in the log.
 *   <li>{@code ApiKeys} creates, revokes and identifies keys; {@code ApiKeyList} lists them.
 *   <li>{@link io.thalweg.access.ApiKeySecret} is the text that a caller sends.
 * </ul>
 *
 * <p>Keys are rows of their project. What a key allows is enforced by the gateway.
 */
@NullMarked
package io.thalweg.access;

import org.jspecify.annotations.NullMarked;
