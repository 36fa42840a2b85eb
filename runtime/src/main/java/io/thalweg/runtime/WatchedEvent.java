package io.thalweg.runtime;

import com.google.protobuf.Message;

/**
 * An event as a watcher meets it.
 *
 * @param position where it stands, to be named when coming back: see {@link Position}
 * @param logTimeUs log time of its batch, microseconds since 1970
 * @param event the event
 */
public record WatchedEvent(Position position, long logTimeUs, Message event) {}
