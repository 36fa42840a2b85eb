package io.thalweg.state;

/**
 * Which rows of the store belong to a partition.
 *
 * @param serviceId number of the service, from its name: {@link #serviceId(String)}
 * @param firstSlot first slot of the partition, 0..65535
 * @param endSlot slot after its last, 1..65536
 */
public record PartitionScope(int serviceId, int firstSlot, int endSlot) {
  public PartitionScope {
    if (firstSlot < 0 || endSlot > 65_536 || firstSlot >= endSlot) {
      throw new IllegalArgumentException(
          "slots must be within 0..65536 and not empty; got " + firstSlot + ".." + endSlot);
    }
  }

  /** CRC32C of the name's bytes. A node refuses two services whose names give the same number. */
  public static int serviceId(String serviceName) {
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    byte[] name = serviceName.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    crc.update(name, 0, name.length);
    return (int) crc.getValue();
  }
}
