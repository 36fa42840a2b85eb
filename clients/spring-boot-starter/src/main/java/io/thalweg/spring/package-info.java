/**
 * Thalweg in a Spring Boot application: {@link io.thalweg.spring.ThalwegProperties} says what can
 * be set, {@link io.thalweg.spring.ThalwegAutoConfiguration} makes the client bean, {@link
 * io.thalweg.spring.EmbeddedThalwegAutoConfiguration} a node inside the application.
 */
@NullMarked
package io.thalweg.spring;

import org.jspecify.annotations.NullMarked;
