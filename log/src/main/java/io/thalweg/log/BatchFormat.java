package io.thalweg.log;

/**
 * The byte format of a batch, version 1, the same for every engine. All numbers are big-endian.
 *
 * <pre>
 *   batch header (104 bytes in version 1)
 *   offset size
 *     0     4   magic "TWB1"
 *     4     4   length of the whole batch in bytes, header included
 *     8     4   CRC32C of bytes 12 .. length
 *    12     1   format = 1
 *    13     1   kind: 1 events, 2 barrier, 3 empty
 *    14     2   flags: bits 0-2 codec of the body (0 none, 1 zstd); all others 0 in version 1
 *    16     4   header length in bytes; the body begins there (a reader skips what it does not know)
 *    20     4   partition: its number in a node's log; 0 where the engine needs none
 *    24     4   lineage ordinal
 *    28     4   contract level of the writer
 *    32     8   epoch of the writer's leadership
 *    40     8   first offset
 *    48     4   count of events
 *    52     4   CRC of the batch before in this partition; 0 for the first
 *    56     8   log time, microseconds since 1970
 *    64     8   durable offset of this partition that the writer knew of
 *    72     4   length of the body before the codec
 *    76     4   reserved, 0
 *    80    24   reserved, 0
 *   104         body
 *
 *   event (in the body of a batch of kind 1; offsets count up from the batch's first offset)
 *     0     4   length of the whole event in bytes; at most 1 MiB
 *     4     2   flags: which optional parts follow, in this order
 *                 bit 0 principal      u8 length, bytes
 *                 bit 1 trace          24 bytes
 *                 bit 2 causation      u8 length, bytes
 *                 bit 3 sealed key id  u8 length, bytes; the payload is sealed under that key
 *                 bit 4 extension      u16 length, bytes (tag, length, value)
 *                 bit 15 last event of its command
 *                 all others 0 in version 1
 *     6     2   slot, 0..65535
 *     8     4   type: below 0x80000000 an event of the service, by the number in its contract;
 *               from there on a record of the runtime (a stored reply, a message, a receipt, a timer)
 *    12     4   project; 0 is "default"
 *    16         optional parts, then the payload up to the event's length
 *
 *   barrier (the body of a batch of kind 2)
 *     0     2   service name: length, then bytes of UTF-8
 *           4   index of the partition within the service
 *          16   nonce
 *           8   epoch that it replaces
 *           2   number of lineages, then for each: 4 ordinal, 4 parent, 8 fork offset, 16 id
 *               bytes after that belong to later versions
 * </pre>
 *
 * An unknown format, kind, codec or flag is refused, not skipped: it may change what the bytes
 * mean.
 */
public final class BatchFormat {
  public static final int MAGIC = 0x54574231; // "TWB1"
  public static final byte FORMAT = 1;

  public static final byte KIND_EVENTS = 1;
  public static final byte KIND_BARRIER = 2;
  public static final byte KIND_EMPTY = 3;

  public static final int LENGTH_AT = 4;
  public static final int CRC_AT = 8;
  public static final int CRC_FROM = 12;
  public static final int FORMAT_AT = 12;
  public static final int KIND_AT = 13;
  public static final int FLAGS_AT = 14;
  public static final int HEADER_LENGTH_AT = 16;
  public static final int PARTITION_AT = 20;
  public static final int LINEAGE_AT = 24;
  public static final int CONTRACT_LEVEL_AT = 28;
  public static final int EPOCH_AT = 32;
  public static final int FIRST_OFFSET_AT = 40;
  public static final int COUNT_AT = 48;
  public static final int PREVIOUS_CRC_AT = 52;
  public static final int LOG_TIME_AT = 56;
  public static final int DURABLE_OFFSET_AT = 64;
  public static final int BODY_LENGTH_AT = 72;
  public static final int HEADER_BYTES = 104;

  public static final int EVENT_FLAGS_AT = 4;
  public static final int EVENT_SLOT_AT = 6;
  public static final int EVENT_TYPE_AT = 8;
  public static final int EVENT_PROJECT_AT = 12;
  public static final int EVENT_HEADER_BYTES = 16;

  public static final int EVENT_HAS_PRINCIPAL = 1;
  public static final int EVENT_HAS_TRACE = 1 << 1;
  public static final int EVENT_HAS_CAUSATION = 1 << 2;
  public static final int EVENT_IS_SEALED = 1 << 3;
  public static final int EVENT_HAS_EXTENSION = 1 << 4;

  /** All flags of optional parts. */
  public static final int EVENT_PARTS = (1 << 5) - 1;

  public static final int EVENT_ENDS_COMMAND = 1 << 15;

  /** The largest event, header included. Larger things are blobs named by hash. */
  public static final int MAX_EVENT_BYTES = 1 << 20;

  /** The largest batch, header included. */
  public static final int MAX_BATCH_BYTES = 8 << 20;

  /** Types from here on (as an unsigned number) belong to the runtime. */
  public static final int FIRST_SYSTEM_TYPE = 0x80000000;

  private BatchFormat() {}
}
