package io.thalweg.server;

import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.state.StateOptions;

/**
 * Sizes of segments and of table layers that a test makes small, so that what is rare in a day
 * happens many times in a second. System properties and not options: a node that serves somebody
 * has no use for them.
 *
 * <pre>
 *   thalweg.segment.first.bytes   the first segment after an open
 *   thalweg.segment.max.bytes     what segments grow to
 *   thalweg.layer.bytes           a partition's overlay freezes a layer at this size
 *   thalweg.layer.rows            and at this number of rows
 *   thalweg.layer.batches         and at this number of batches
 * </pre>
 */
final class SizeProperties {
  private SizeProperties() {}

  /**
   * The same options, with the sizes that are set.
   *
   * @throws CommandFailed if one is no number or out of its bounds; names it
   */
  static NodeOptions over(NodeOptions options) {
    SegmentLogOptions log = options.log();
    StateOptions state = options.state();
    long firstBytes = number("thalweg.segment.first.bytes", log.firstSegmentBytes());
    long maxBytes = number("thalweg.segment.max.bytes", log.maxSegmentBytes());
    long layerBytes = number("thalweg.layer.bytes", state.layerBytes());
    long layerRows = number("thalweg.layer.rows", state.layerRows());
    long layerBatches = number("thalweg.layer.batches", state.layerBatches());
    try {
      return options
          .withLog(log.withMaxSegmentBytes(maxBytes).withFirstSegmentBytes(firstBytes))
          .withState(
              state.withLayer(
                  layerBytes, Math.toIntExact(layerRows), Math.toIntExact(layerBatches)));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CommandFailed("a size among the system properties: " + e.getMessage(), e);
    }
  }

  private static long number(String property, long otherwise) {
    String value = System.getProperty(property);
    if (value == null) {
      return otherwise;
    }
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new CommandFailed(
          "system property %s must be a whole number; got '%s'".formatted(property, value), e);
    }
  }
}
