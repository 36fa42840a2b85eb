package io.thalweg.messaging;

import io.thalweg.messaging.v1.ConnectedDevice;
import io.thalweg.messaging.v1.GetPresenceRequest;
import io.thalweg.messaging.v1.GetPresenceResponse;
import io.thalweg.messaging.v1.SetPresenceRequest;
import io.thalweg.messaging.v1.SetPresenceResponse;
import io.thalweg.messaging.v1.SetTypingRequest;
import io.thalweg.messaging.v1.SetTypingResponse;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Ephemeral;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.KeyCodecs.Pair;
import java.util.List;

/**
 * What is known of now only: who is typing, and which device is connected to which node. In memory,
 * never logged, gone when the partition opens again; who holds a connection says so again before
 * its time is over.
 */
final class Signals {
  private static final int MAX_TYPING = 100_000;
  private static final int MAX_PRESENT = 1_000_000;
  private static final int SHOWN_TYPING = 20;

  private final Ephemeral<Pair<String, String>, Boolean> typing;
  private final Ephemeral<Pair<String, String>, ConnectedDevice> present;

  Signals(Definition d) {
    typing = d.ephemeral("typing", MAX_TYPING);
    present = d.ephemeral("present", MAX_PRESENT);
  }

  SetTypingResponse setTyping(SetTypingRequest request, ConversationRows rows) {
    rows.conversation(request.getConversation());
    rows.member(request.getConversation(), request.getUser());
    Pair<String, String> key = new Pair<>(request.getConversation(), request.getUser());
    if (request.getStopped()) {
      typing.remove(key);
    } else {
      typing.put(key, true, Bounds.TYPING_US);
    }
    return SetTypingResponse.getDefaultInstance();
  }

  List<String> typing(String conversation) {
    return typing.list(Ephemeral.MAX_LIST).stream()
        .map(Ephemeral.Entry::key)
        .filter(key -> key.first().equals(conversation))
        .map(Pair::second)
        .limit(SHOWN_TYPING)
        .toList();
  }

  SetPresenceResponse setPresence(SetPresenceRequest request, QueryContext context) {
    Bounds.checkUser("user", request.getUser());
    Bounds.checkName("device", request.getDevice());
    Pair<String, String> key = new Pair<>(request.getUser(), request.getDevice());
    if (request.getGone()) {
      present.remove(key);
    } else {
      int ttlMs = request.hasTtlMs() ? request.getTtlMs() : Bounds.DEFAULT_PRESENCE_MS;
      present.put(
          key,
          ConnectedDevice.newBuilder()
              .setDevice(request.getDevice())
              .setNode(request.getNode())
              .setStatus(request.getStatus())
              .build(),
          ttlMs * 1_000L);
    }
    return SetPresenceResponse.getDefaultInstance();
  }

  boolean isPresent(String user, String device) {
    return present.get(new Pair<>(user, device)) != null;
  }

  GetPresenceResponse presence(GetPresenceRequest request, QueryContext context) {
    return GetPresenceResponse.newBuilder()
        .addAllDevices(
            present.list(Ephemeral.MAX_LIST).stream()
                .filter(entry -> entry.key().first().equals(request.getUser()))
                .map(Ephemeral.Entry::value)
                .limit(Bounds.MAX_DEVICES)
                .toList())
        .setKnownSince(Bounds.time(present.sinceUs()))
        .build();
  }
}
