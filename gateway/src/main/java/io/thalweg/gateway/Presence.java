package io.thalweg.gateway;

import io.thalweg.gateway.centrifuge.ClientInfo;
import io.thalweg.gateway.centrifuge.PresenceResult;
import io.thalweg.gateway.centrifuge.PresenceStatsResult;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who is subscribed to which channel of this node's gateway. It is in memory only and knows nothing
 * of other nodes. A channel names at most so many clients; those beyond are counted. Thread-safe.
 */
final class Presence {
  private final int maxClients;

  // Guarded by this.
  private final Map<Key, Channel> channels = new HashMap<>();

  /** Projects do not see each other's clients. */
  record Key(int project, String channel) {}

  private static final class Channel {
    final Map<String, ClientInfo> named = new LinkedHashMap<>();
    final Map<String, Integer> users = new HashMap<>();
    int clients;
  }

  Presence(int maxClients) {
    this.maxClients = maxClients;
  }

  synchronized void add(Key key, ClientInfo client) {
    Channel channel = channels.computeIfAbsent(key, k -> new Channel());
    channel.clients++;
    channel.users.merge(client.getUser(), 1, Integer::sum);
    if (channel.named.size() < maxClients) {
      channel.named.put(client.getClient(), client);
    }
  }

  /** Takes a client out that was added. */
  synchronized void remove(Key key, ClientInfo client) {
    Channel channel = channels.get(key);
    if (channel == null) {
      return;
    }
    channel.clients--;
    channel.users.computeIfPresent(client.getUser(), (user, n) -> n == 1 ? null : n - 1);
    channel.named.remove(client.getClient());
    if (channel.clients == 0) {
      channels.remove(key);
    }
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
