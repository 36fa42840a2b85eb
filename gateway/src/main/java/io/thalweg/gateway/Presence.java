package io.thalweg.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.gateway.centrifuge.ClientInfo;
import io.thalweg.gateway.centrifuge.Join;
import io.thalweg.gateway.centrifuge.Leave;
import io.thalweg.gateway.centrifuge.PresenceResult;
import io.thalweg.gateway.centrifuge.PresenceStatsResult;
import io.thalweg.gateway.centrifuge.Push;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who is subscribed to which channel of this node's gateway. It is in memory only and knows nothing
 * of other nodes. A channel names at most so many clients; those beyond are counted.
 *
 * <p>Those who asked for it hear who joins and leaves, themselves included, as long as the channel
 * has no more than so many clients: n of them coming to a channel would otherwise make n² messages.
 * Everybody hears of it in the order in which it happened. Thread-safe.
 */
final class Presence {
  private final int maxClients;
  private final int maxJoinLeave;
  private final Counter untold;

  // Guarded by this.
  private final Map<Key, Channel> channels = new HashMap<>();

  /** Projects do not see each other's clients. */
  record Key(int project, String channel) {}

  /** Hears who joins and leaves. Called under a lock: it hands on, and does nothing else. */
  @FunctionalInterface
  interface Listener {
    void hear(Push push);
  }

  private static final class Channel {
    final Map<String, ClientInfo> named = new LinkedHashMap<>();
    final Map<String, Integer> users = new HashMap<>();
    final Map<String, Listener> listeners = new LinkedHashMap<>();
    int clients;
  }

  Presence(WatchOptions options, MeterRegistry meters) {
    this.maxClients = options.maxPresence();
    this.maxJoinLeave = options.maxJoinLeave();
    this.untold =
        Counter.builder("thalweg.gateway.centrifuge.untold")
            .description("Joins and leaves not told: too many in the channel, or a slow client")
            .register(meters);
  }

  /** Adds a client. */
  synchronized void add(Key key, ClientInfo client) {
    add(channel(key), key, client);
  }

  /** As {@link #add(Key, ClientInfo)}, of one that hears who joins and leaves. */
  synchronized void add(Key key, ClientInfo client, Listener listener) {
    Channel channel = channel(key);
    channel.listeners.put(client.getClient(), listener);
    add(channel, key, client);
  }

  private Channel channel(Key key) {
    return channels.computeIfAbsent(key, k -> new Channel());
  }

  private void add(Channel channel, Key key, ClientInfo client) {
    channel.clients++;
    channel.users.merge(client.getUser(), 1, Integer::sum);
    if (channel.named.size() < maxClients) {
      channel.named.put(client.getClient(), client);
    }
    tell(channel, push(key).setJoin(Join.newBuilder().setInfo(client)));
  }

  /** Takes a client out that was added. */
  synchronized void remove(Key key, ClientInfo client) {
    Channel channel = channels.get(key);
    if (channel == null) {
      return;
    }
    channel.listeners.remove(client.getClient());
    tell(channel, push(key).setLeave(Leave.newBuilder().setInfo(client)));
    channel.clients--;
    channel.users.computeIfPresent(client.getUser(), (user, n) -> n == 1 ? null : n - 1);
    channel.named.remove(client.getClient());
    if (channel.clients == 0) {
      channels.remove(key);
    }
  }

  private static Push.Builder push(Key key) {
    return Push.newBuilder().setChannel(key.channel());
  }

  private void tell(Channel channel, Push.Builder what) {
    if (channel.listeners.isEmpty()) {
      return;
    }
    if (channel.clients > maxJoinLeave) {
      untold();
      return;
    }
    Push push = what.build();
    channel.listeners.values().forEach(listener -> listener.hear(push));
  }

  /** Somebody was not told. */
  void untold() {
    untold.increment();
  }

  synchronized PresenceResult list(Key key) {
    Channel channel = channels.get(key);
    return channel == null
        ? PresenceResult.getDefaultInstance()
        : PresenceResult.newBuilder().putAllPresence(channel.named).build();
  }

  synchronized PresenceStatsResult count(Key key) {
    Channel channel = channels.get(key);
    return channel == null
        ? PresenceStatsResult.getDefaultInstance()
        : PresenceStatsResult.newBuilder()
            .setNumClients(channel.clients)
            .setNumUsers(channel.users.size())
            .build();
  }
}
