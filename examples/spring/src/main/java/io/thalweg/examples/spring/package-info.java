/**
 * A Spring Boot application that keeps goals in a leaderboard: {@link
 * io.thalweg.examples.spring.GoalsApplication}.
 */
@NullMarked
package io.thalweg.examples.spring;

import org.jspecify.annotations.NullMarked;
