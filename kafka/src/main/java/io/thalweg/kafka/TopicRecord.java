package io.thalweg.kafka;

/** A record of a topic. The bytes are shared and must not be changed. */
record TopicRecord(long offset, byte[] bytes) {}
