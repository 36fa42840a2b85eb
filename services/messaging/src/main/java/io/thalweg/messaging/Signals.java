package io.thalweg.messaging;

import io.thalweg.messaging.v1.ConnectedDevice;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.GetPresenceRequest;
import io.thalweg.messaging.v1.GetPresenceResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.SetPresenceRequest;
import io.thalweg.messaging.v1.SetPresenceResponse;
import io.thalweg.messaging.v1.SetTypingRequest;
import io.thalweg.messaging.v1.SetTypingResponse;
import io.thalweg.messaging.v1.WatchInboxRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Ephemeral;
import io.thalweg.runtime.Notices;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.ArrayList;
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

  private final InboxRows inboxes;
  private final Notices<InboxItem> notices;
  private final Ephemeral<Pair<String, String>, Boolean> typing;
  private final Ephemeral<Pair<String, String>, ConnectedDevice> present;

  Signals(Definition d, InboxRows inboxes) {
    this.inboxes = inboxes;
    notices = d.notices(WatchInboxRequest.class, InboxItem.class, WatchInboxRequest::getLive);
    typing = d.ephemeral("typing", MAX_TYPING);
    present = d.ephemeral("present", MAX_PRESENT);
  }

  SetTypingResponse setTyping(
      SetTypingRequest request, ConversationRows rows, QueryContext context) {
    ConversationRow conversation = rows.conversation(request.getConversation());
    MemberRow member = rows.member(request.getConversation(), request.getUser());
    Pair<String, String> key = new Pair<>(request.getConversation(), request.getUser());
    if (request.getStopped()) {
      typing.remove(key);
    } else {
      typing.put(key, true, Bounds.TYPING_US);
    }
    if (!conversation.getLarge()) {
      List<String> others = new ArrayList<>(rows.memberNames(request.getConversation()));
      others.remove(request.getUser());
      // Of two, one who blocks the other neither hears nor says anything.
      others.removeIf(other -> member.getBlocks() || blocks(rows, key.first(), other));
      notices.tell(
          others,
          live(ItemKind.TYPING, request.getUser(), request.getStopped(), Bounds.TYPING_US, context)
              .setConversation(request.getConversation())
              .build());
    }
    return SetTypingResponse.getDefaultInstance();
  }

  private static boolean blocks(ConversationRows rows, String conversation, String user) {
    MemberRow member = rows.findMember(conversation, user);
    return member != null && member.getBlocks();
  }

  private static InboxItem.Builder live(
      ItemKind kind, String actor, boolean gone, long ttlUs, QueryContext context) {
    long nowUs = context.logTimeUs();
    return InboxItem.newBuilder()
        .setKind(kind)
        .setActor(actor)
        .setTime(Bounds.time(nowUs))
        .setGone(gone)
        .setExpireTime(Bounds.time(gone ? nowUs : nowUs + ttlUs));
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
    int ttlMs = request.hasTtlMs() ? request.getTtlMs() : Bounds.DEFAULT_PRESENCE_MS;
    if (request.getGone()) {
      present.remove(key);
    } else {
      present.put(
          key,
          ConnectedDevice.newBuilder()
              .setDevice(request.getDevice())
              .setNode(request.getNode())
              .setStatus(request.getStatus())
              .build(),
          ttlMs * 1_000L);
    }
    notices.tell(
        contacts(request.getUser()),
        live(ItemKind.PRESENCE, request.getUser(), request.getGone(), ttlMs * 1_000L, context)
            .setDevice(request.getDevice())
            .setStatus(request.getStatus())
            .build());
    return SetPresenceResponse.getDefaultInstance();
  }

  /** Who is told of a user's devices: the user itself, and those whom it talks with. */
  private List<String> contacts(String user) {
    List<String> contacts = new ArrayList<>();
    contacts.add(user);
    for (Table.Row<Pair<String, Long>, String> chat :
        inboxes
            .recent()
            .scan(new Pair<>(user, Long.MAX_VALUE), new Pair<>(user, 0L), Bounds.MAX_TOLD_CHATS)) {
      DirectName direct = DirectName.parse(chat.value());
      if (direct != null) {
        String other = direct.other(user);
        if (!other.equals(user) && !inboxes.blocked().contains(new Pair<>(user, other))) {
          contacts.add(other);
        }
      }
    }
    return contacts;
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
