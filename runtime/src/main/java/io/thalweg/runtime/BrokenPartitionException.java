package io.thalweg.runtime;

/**
 * What a partition has in memory cannot be trusted any more: it is given up and made again from
 * what is durable.
 */
final class BrokenPartitionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokenPartitionException(String message, Throwable cause) {
    super(message, cause);
  }
}
