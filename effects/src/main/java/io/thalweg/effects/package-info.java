/**
 * Makes the HTTP calls that services ask for. {@link io.thalweg.effects.HttpEffects} is the door.
 */
@NullMarked
package io.thalweg.effects;

import org.jspecify.annotations.NullMarked;
