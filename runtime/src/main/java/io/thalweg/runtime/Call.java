package io.thalweg.runtime;

import com.google.protobuf.Message;

/**
 * A request on its way through a partition.
 *
 * @param slot of its routing key
 * @param sizeBytes what it counts in the queue
 * @param startNs the host's monotonic clock when it was submitted
 */
record Call(
    ServiceModel.Method method,
    Request request,
    int slot,
    int sizeBytes,
    long startNs,
    ReplyHandler handler) {

  Message message() {
    return request.message();
  }

  int project() {
    return request.caller().project();
  }
}
