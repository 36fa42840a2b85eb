package io.thalweg.leaderboard.resp;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What all connections of a registry count. */
final class RespMetrics {
  final Counter commands;
  final Counter errors;
  final Counter protocolErrors;
  final Counter waits;
  final Counter slow;

  RespMetrics(MeterRegistry meters) {
    commands =
        Counter.builder("thalweg.resp.commands")
            .description("Commands that were read")
            .register(meters);
    errors =
        Counter.builder("thalweg.resp.errors")
            .description("Replies that were errors")
            .register(meters);
    waits =
        Counter.builder("thalweg.resp.waits")
            .description("Times that a connection waited because the node was busy")
            .register(meters);
    slow =
        Counter.builder("thalweg.resp.slow")
            .description("Connections closed whose client did not end a command, or took no reply")
            .register(meters);
    protocolErrors =
        Counter.builder("thalweg.resp.protocol.errors")
            .description("Connections closed for what is not the protocol")
            .register(meters);
  }
}
