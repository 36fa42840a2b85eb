/**
 * The Faktory work protocol: {@link io.thalweg.jobs.faktory.Faktory}. See the README of this
 * service for the commands and what differs.
 */
@NullMarked
package io.thalweg.jobs.faktory;

import org.jspecify.annotations.NullMarked;
