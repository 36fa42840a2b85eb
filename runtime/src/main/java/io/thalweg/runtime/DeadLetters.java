package io.thalweg.runtime;

import java.util.List;

/**
 * Some dead letters of a service, by partition and age.
 *
 * @param letters the first ones
 * @param nextPageToken where the next ones begin; empty if there are none
 */
public record DeadLetters(List<DeadLetter> letters, String nextPageToken) {}
