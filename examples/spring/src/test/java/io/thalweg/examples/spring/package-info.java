@NullMarked
package io.thalweg.examples.spring;

import org.jspecify.annotations.NullMarked;
