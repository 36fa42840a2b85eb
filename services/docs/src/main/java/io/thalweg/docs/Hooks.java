package io.thalweg.docs;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.docs.v1.DeleteHookRequest;
import io.thalweg.docs.v1.DeleteHookResponse;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.DueHook;
import io.thalweg.docs.v1.FindHooksRequest;
import io.thalweg.docs.v1.FindHooksResponse;
import io.thalweg.docs.v1.Hook;
import io.thalweg.docs.v1.HookDeleted;
import io.thalweg.docs.v1.HookDue;
import io.thalweg.docs.v1.HookSet;
import io.thalweg.docs.v1.HookTold;
import io.thalweg.docs.v1.ListHooksRequest;
import io.thalweg.docs.v1.ListHooksResponse;
import io.thalweg.docs.v1.SetHookRequest;
import io.thalweg.docs.v1.TakeHooksRequest;
import io.thalweg.docs.v1.TakeHooksResponse;
import io.thalweg.docs.v1.TellHookRequest;
import io.thalweg.docs.v1.TellHookResponse;
import io.thalweg.docs.yjs.AnyValue;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.EffectResult;
import io.thalweg.runtime.EffectUrl;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.HttpHeader;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells URLs of changes. The hooks of a project lie in one slot. Each partition asks that for them,
 * by a message, when one of its documents is changed and what it knows is half a minute old, and
 * knows them in memory until then. While it knows nothing, every document that is changed asks, and
 * the answer comes back to it: so no change is passed over when a node starts.
 *
 * <p>A change makes a hook due: a row and a timer. Further changes cost nothing. When the timer
 * comes, and the document is still being changed, it is set again. To be told is an effect of the
 * command that takes the row away: at least once.
 */
final class Hooks {
  /** Name of the effect. */
  static final String EFFECT = "hook";

  private static final int MAX_HOOKS = 50;
  private static final int DEBOUNCE_MS = 2_000;
  private static final int MIN_DEBOUNCE_MS = 100;

  /** How much longer than quiet time a document that is changed all the time is not told of. */
  private static final int MOST_QUIET_TIMES = 5;

  private static final long KNOWN_FOR_US = 30_000_000;
  private static final int TIMEOUT_MS = 10_000;
  private static final int MAX_ASKING = 10_000;

  private final DocumentRows rows;

  /** What this partition knows of projects. */
  private final Map<Integer, Known> known = new HashMap<>();

  private static final class Known {
    @Nullable List<Hook> hooks;
    long askedUs;

    /** Documents that have asked and were not answered, while nothing is known. */
    final Set<String> asking = new HashSet<>();
  }

  Hooks(DocumentRows rows) {
    this.rows = rows;
  }

  Hook set(SetHookRequest request, CommandContext context) {
    try {
      var _ = EffectUrl.parse(request.getUrl());
    } catch (IllegalArgumentException e) {
      throw Failure.invalid("url", "must be a URL that can be called: " + e.getMessage());
    }
    int debounceMs = request.getDebounceMs() == 0 ? DEBOUNCE_MS : request.getDebounceMs();
    if (debounceMs < MIN_DEBOUNCE_MS) {
      throw Failure.invalid(
          "debounce_ms", "must be from %d; got %d".formatted(MIN_DEBOUNCE_MS, debounceMs));
    }
    if (rows.hooks().get(request.getHook()) == null && all().size() >= MAX_HOOKS) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED, "a project has at most %d hooks".formatted(MAX_HOOKS));
    }
    Hook hook =
        Hook.newBuilder()
            .setHook(request.getHook())
            .setPrefix(request.getPrefix())
            .setUrl(request.getUrl())
            .setDebounceMs(debounceMs)
            .build();
    context.emit(HookSet.newBuilder().setHook(hook).build());
    return hook;
  }

  void applySet(HookSet event, EventContext context) {
    rows.hooks().put(event.getHook().getHook(), event.getHook());
  }

  DeleteHookResponse delete(DeleteHookRequest request, CommandContext context) {
    boolean there = rows.hooks().get(request.getHook()) != null;
    if (there) {
      context.emit(HookDeleted.newBuilder().setHook(request.getHook()).build());
    }
    return DeleteHookResponse.newBuilder().setDeleted(there).build();
  }

  void applyDeleted(HookDeleted event, EventContext context) {
    rows.hooks().delete(event.getHook());
  }

  ListHooksResponse list(ListHooksRequest request, QueryContext context) {
    return ListHooksResponse.newBuilder().addAllHooks(all()).build();
  }

  private List<Hook> all() {
    return rows.hooks().scan(null, null, MAX_HOOKS + 1).stream().map(Table.Row::value).toList();
  }

  FindHooksResponse find(FindHooksRequest request, CommandContext context) {
    context.send(
        TakeHooksRequest.newBuilder()
            .setDocument(request.getDocument())
            .addAllHooks(all())
            .build());
    return FindHooksResponse.getDefaultInstance();
  }

  TakeHooksResponse take(TakeHooksRequest request, CommandContext context) {
    Known project = known.computeIfAbsent(context.caller().project(), _ -> new Known());
    project.hooks = request.getHooksList();
    project.asking.clear();
    due(request.getDocument(), project.hooks, context);
    return TakeHooksResponse.getDefaultInstance();
  }

  /** A document was changed by this command. */
  void changed(String document, CommandContext context) {
    Known project = known.computeIfAbsent(context.caller().project(), _ -> new Known());
    List<Hook> hooks = project.hooks;
    boolean asks =
        hooks == null
            ? !project.asking.contains(document)
            : context.logTimeUs() - project.askedUs >= KNOWN_FOR_US;
    if (asks) {
      context.send(FindHooksRequest.newBuilder().setDocument(document).build());
      project.askedUs = context.logTimeUs();
      if (hooks == null) {
        // Who asks twice is answered twice: that does no harm.
        if (project.asking.size() >= MAX_ASKING) {
          project.asking.clear();
        }
        project.asking.add(document);
      }
    }
    if (hooks != null && !hooks.isEmpty()) {
      due(document, hooks, context);
    }
  }

  private void due(String document, List<Hook> hooks, CommandContext context) {
    DocumentRow row = rows.find(document);
    for (Hook hook : hooks) {
      if (row != null && document.startsWith(hook.getPrefix()) && since(row, hook) == 0) {
        context.emit(
            HookDue.newBuilder()
                .setDocument(document)
                .setHook(hook.getHook())
                .setSinceUs(context.logTimeUs())
                .build());
        schedule(document, hook, context.logTimeUs() + quietUs(hook), context);
      }
    }
  }

  private static long quietUs(Hook hook) {
    return 1_000L * hook.getDebounceMs();
  }

  private static void schedule(String document, Hook hook, long atUs, CommandContext context) {
    // Names of timers are short: the document's name goes in as a hash of 122 bits.
    String name = document + '\0' + hook.getHook();
    context.schedule(
        EFFECT + UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)),
        atUs,
        TellHookRequest.newBuilder().setDocument(document).setHook(hook).build());
  }

  private static long since(DocumentRow row, Hook hook) {
    for (DueHook due : row.getDueList()) {
      if (due.getHook().equals(hook.getHook())) {
        return due.getSinceUs();
      }
    }
    return 0;
  }

  TellHookResponse tell(TellHookRequest request, CommandContext context) {
    String document = request.getDocument();
    Hook hook = request.getHook();
    DocumentRow row = rows.find(document);
    long sinceUs = row == null ? 0 : since(row, hook);
    if (row == null || sinceUs == 0) {
      return TellHookResponse.getDefaultInstance();
    }
    long atUs =
        Math.min(row.getUpdateUs() + quietUs(hook), sinceUs + MOST_QUIET_TIMES * quietUs(hook));
    if (atUs > context.logTimeUs()) {
      schedule(document, hook, atUs, context);
      return TellHookResponse.getDefaultInstance();
    }
    context.emit(
        HookTold.newBuilder()
            .setDocument(document)
            .setHook(hook.getHook())
            .setVersion(row.getVersion())
            .build());
    effect("document.changed", document, row, hook, context);
    return TellHookResponse.getDefaultInstance();
  }

  /** A document that will be told of is deleted by this command: its hooks are told that. */
  void deleted(String document, CommandContext context) {
    DocumentRow row = rows.find(document);
    Known project = known.get(context.caller().project());
    if (row == null || project == null || project.hooks == null) {
      return;
    }
    for (Hook hook : project.hooks) {
      if (document.startsWith(hook.getPrefix())) {
        effect("document.deleted", document, row, hook, context);
      }
    }
  }

  private static void effect(
      String what, String document, DocumentRow row, Hook hook, CommandContext context) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("type", what);
    body.put("document", document);
    body.put("version", (double) row.getVersion());
    body.put("hook", hook.getHook());
    body.put("time", Instant.EPOCH.plus(context.logTimeUs(), ChronoUnit.MICROS).toString());
    var _ =
        context.effect(
            EFFECT,
            new HttpEffect(
                HttpEffect.Method.POST,
                hook.getUrl(),
                List.of(new HttpHeader("content-type", "application/json")),
                ByteString.copyFromUtf8(AnyValue.toJson(body)),
                TIMEOUT_MS),
            TellHookRequest.newBuilder().setDocument(document).setHook(hook).build());
  }

  /** How telling ended: the effect has counted it, and there is nothing more to do. */
  void told(EffectResult result, TellHookRequest request, CommandContext context) {}

  void applyDue(HookDue event, EventContext context) {
    DocumentRow before = rows.find(event.getDocument());
    if (before != null) {
      DueHook due =
          DueHook.newBuilder().setHook(event.getHook()).setSinceUs(event.getSinceUs()).build();
      rows.documents().replace(event.getDocument(), before, before.toBuilder().addDue(due).build());
    }
  }

  void applyTold(HookTold event, EventContext context) {
    DocumentRow before = rows.find(event.getDocument());
    if (before != null) {
      DocumentRow.Builder row = before.toBuilder().clearDue();
      before.getDueList().stream()
          .filter(due -> !due.getHook().equals(event.getHook()))
          .forEach(row::addDue);
      rows.documents().replace(event.getDocument(), before, row.build());
    }
  }
}
