package io.thalweg.messaging.xmpp;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** What all connections count. */
final class XmppMetrics {
  final Counter stanzas;
  final Counter refused;
  final Counter signInsRefused;
  final Counter slow;
  final Counter resumed;
  private final MeterRegistry meters;

  XmppMetrics(MeterRegistry meters) {
    this.meters = meters;
    stanzas = counter("stanzas", "Stanzas that were read");
    refused = counter("stanzas.refused", "Stanzas that were answered with an error");
    signInsRefused = counter("signins.refused", "Clients that proved nothing good");
    slow =
        counter(
            "slow",
            "Connections closed that did not sign in or end a stanza in time, or took nothing");
    resumed = counter("resumed", "Streams that were resumed");
  }

  private Counter counter(String name, String description) {
    return Counter.builder("thalweg.xmpp." + name).description(description).register(meters);
  }

  /** Shows how many there are. */
  <T> void gauge(String name, String description, T of, ToDoubleFunction<T> count) {
    Gauge.builder("thalweg.xmpp." + name, of, count).description(description).register(meters);
  }

  /** A stream was ended by this side. */
  void ended(String condition) {
    Counter.builder("thalweg.xmpp.stream.errors")
        .description("Streams that were ended with an error")
        .tag("condition", condition)
        .register(meters)
        .increment();
  }
}
