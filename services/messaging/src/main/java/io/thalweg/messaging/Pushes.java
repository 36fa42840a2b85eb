package io.thalweg.messaging;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.messaging.v1.ChatRow;
import io.thalweg.messaging.v1.DeviceRow;
import io.thalweg.messaging.v1.InboxRow;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ItemRow;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.messaging.v1.PushChanged;
import io.thalweg.messaging.v1.PushCorrelation;
import io.thalweg.messaging.v1.PushTargetSet;
import io.thalweg.messaging.v1.SetPushTargetRequest;
import io.thalweg.messaging.v1.SetPushTargetResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.EffectResult;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.HttpHeader;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import java.util.List;

/**
 * Calls for devices that are away: one at a time for each. A call says that there is something, and
 * the device reads its inbox, so what comes while one is under way needs none of its own unless the
 * device is still away when it is over.
 */
final class Pushes {
  static final String HANDLER = "pushed";
  private static final int TIMEOUT_MS = 10_000;

  private final InboxRows rows;
  private final Signals signals;

  Pushes(InboxRows rows, Signals signals) {
    this.rows = rows;
    this.signals = signals;
  }

  SetPushTargetResponse set(SetPushTargetRequest request, CommandContext context) {
    String user = request.getUser();
    Bounds.checkUser("user", user);
    InboxCommands.knownOrNew(rows, user, request.getDevice());
    if (!request.getUrl().isEmpty()) {
      try {
        call(request.getUrl(), ByteString.EMPTY);
      } catch (IllegalArgumentException e) {
        throw Failure.invalid("url", "must be one that can be called: " + e.getMessage());
      }
    }
    context.emit(
        PushTargetSet.newBuilder()
            .setUser(user)
            .setDevice(request.getDevice())
            .setUrl(request.getUrl())
            .build());
    return SetPushTargetResponse.getDefaultInstance();
  }

  private static HttpEffect call(String url, ByteString body) {
    return new HttpEffect(
        HttpEffect.Method.POST,
        url,
        List.of(new HttpHeader("content-type", "application/json")),
        body,
        TIMEOUT_MS);
  }

  /** Something came: all devices that are away are called, unless they are being called. */
  void pointed(PointInboxRequest request, CommandContext context) {
    String user = request.getUser();
    if (request.getActor().equals(user) || rows.inbox(user).getDevices() == 0) {
      return;
    }
    if (!request.getMentions() && isMuted(user, request.getConversation(), context.logTimeUs())) {
      return;
    }
    KeyPrefix all = KeyPrefix.of(key -> key.string(user));
    for (Table.Row<Pair<String, String>, DeviceRow> device :
        rows.devices().scanPrefix(all, Bounds.MAX_DEVICES)) {
      if (device.value().getPushOrder() == 0) {
        push(user, device.key().second(), device.value(), context);
      }
    }
  }

  private void push(String user, String device, DeviceRow row, CommandContext context) {
    InboxRow inbox = rows.inbox(user);
    long order = inbox.getLastOrder();
    ItemRow item = rows.items().get(new Pair<>(user, order));
    if (row.getPushUrl().isEmpty() || item == null || signals.isPresent(user, device)) {
      return;
    }
    String body =
        "{\"user\":%s,\"device\":%s,\"conversation\":%s,\"seq\":%d,\"order\":%d,\"unread\":%d}"
            .formatted(
                JsonText.quoted(user),
                JsonText.quoted(device),
                JsonText.quoted(item.getConversation()),
                item.getSeq(),
                order,
                inbox.getTotalUnread());
    try {
      context.effect(
          HANDLER,
          call(row.getPushUrl(), ByteString.copyFromUtf8(body)),
          PushCorrelation.newBuilder().setUser(user).setDevice(device).build());
    } catch (Failure e) {
      if (e.code() == Code.FAILED_PRECONDITION) {
        // This node makes no calls; the device reads its inbox when it comes.
        return;
      }
      throw e;
    }
    context.emit(PushChanged.newBuilder().setUser(user).setDevice(device).setOrder(order).build());
  }

  /** A call is over. What came meanwhile needs another one if the device is still away. */
  void ended(EffectResult result, PushCorrelation correlation, CommandContext context) {
    String user = correlation.getUser();
    String device = correlation.getDevice();
    DeviceRow before = rows.device(user, device);
    if (before == null) {
      return;
    }
    boolean refused = result.end() == EffectResult.End.REFUSED;
    context.emit(
        PushChanged.newBuilder().setUser(user).setDevice(device).setRefused(refused).build());
    DeviceRow after = rows.device(user, device);
    if (after != null && result.succeeded() && isNewer(user, before, context.logTimeUs())) {
      push(user, device, after, context);
    }
  }

  /** Whether a message that a call is made for came after what the last one was for. */
  private boolean isNewer(String user, DeviceRow device, long nowUs) {
    long after = Math.max(device.getCursor(), device.getPushOrder());
    for (Table.Row<Pair<String, Long>, ItemRow> item :
        rows.items()
            .scan(
                new Pair<>(user, after + 1),
                new Pair<>(user, Long.MAX_VALUE),
                Bounds.MAX_DEVICES)) {
      ItemRow row = item.value();
      if (row.getKind() == ItemKind.MESSAGE
          && !row.getActor().equals(user)
          && (row.getMentions() || !isMuted(user, row.getConversation(), nowUs))) {
        return true;
      }
    }
    return false;
  }

  private boolean isMuted(String user, String conversation, long nowUs) {
    ChatRow chat = rows.chat(user, conversation);
    return chat != null && chat.getMutedUntilUs() > nowUs;
  }
}
