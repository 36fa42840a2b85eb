package io.thalweg.log;

/**
 * Names a partition: the service it belongs to and its index within that service.
 *
 * @param service name of the service, 1 to 63 characters of {@code a-z0-9-}, starting with a letter
 * @param index from 0 to 65,535
 */
public record PartitionId(String service, int index) implements Comparable<PartitionId> {
  public PartitionId {
    if (!service.matches("[a-z][a-z0-9-]{0,62}")) {
      throw new IllegalArgumentException(
          "service must be 1 to 63 characters of a-z, 0-9 and '-', starting with a letter; got '"
              + service
              + "'");
    }
    if (index < 0 || index > 0xFFFF) {
      throw new IllegalArgumentException("index must be within 0..65535; got " + index);
    }
  }

  @Override
  public int compareTo(PartitionId other) {
    int byService = service.compareTo(other.service);
    return byService != 0 ? byService : Integer.compare(index, other.index);
  }

  /** For example {@code leaderboard/3}. */
  @Override
  public String toString() {
    return service + "/" + index;
  }
}
