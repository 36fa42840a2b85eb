package io.thalweg.docs;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.HistorySet;
import io.thalweg.docs.v1.NameRemoved;
import io.thalweg.docs.v1.NameRow;
import io.thalweg.docs.v1.NameVersionRequest;
import io.thalweg.docs.v1.NamedVersion;
import io.thalweg.docs.v1.RemoveNameRequest;
import io.thalweg.docs.v1.RemoveNameResponse;
import io.thalweg.docs.v1.RestoreVersionRequest;
import io.thalweg.docs.v1.RestoreVersionResponse;
import io.thalweg.docs.v1.SetHistoryRequest;
import io.thalweg.docs.v1.VersionNamed;
import io.thalweg.docs.yjs.Update;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyCodecs.Triple;
import io.thalweg.state.KeyPrefix;
import java.util.Arrays;

/** Names versions, goes back to them, and says how long they are kept; and what these events do. */
final class HistoryCommands {
  private static final int MAX_NAMES = 100;
  private static final long MAX_NAME_BYTES = 64 << 20;

  private final DocumentRows rows;
  private final OpenDocuments open;
  private final Emission emission;
  private final History history;

  HistoryCommands(DocumentRows rows, OpenDocuments open, Emission emission, History history) {
    this.rows = rows;
    this.open = open;
    this.emission = emission;
    this.history = history;
  }

  private DocumentRow row(String document) {
    DocumentRow row = rows.find(document);
    if (row == null) {
      throw Failure.notFound("document", document);
    }
    return row;
  }

  private PastVersions past(String document, DocumentRow row) {
    return new PastVersions(rows, DocumentRows::onThread, document, row);
  }

  NamedVersion name(NameVersionRequest request, CommandContext context) {
    String document = request.getDocument();
    String name = request.getName();
    DocumentRow row = row(document);
    long version = request.getVersion() == 0 ? row.getVersion() : request.getVersion();
    NameRow present = rows.names().get(new Pair<>(document, name));
    if (present != null) {
      if (request.getVersion() != 0 && present.getVersion() == version) {
        return named(name, present);
      }
      throw Failure.of(
          Code.ALREADY_EXISTS,
          "the name '%s' stands for version %d"
              .formatted(Failure.quote(name), present.getVersion()));
    }
    int bytes = past(document, row).at(version).doc().encode().length;
    if (row.getNames() >= MAX_NAMES || row.getNameBytes() + bytes > MAX_NAME_BYTES) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED,
          "a document has at most %d named versions of together %d bytes; this one has %d of %d, and the version %d"
              .formatted(MAX_NAMES, MAX_NAME_BYTES, row.getNames(), row.getNameBytes(), bytes));
    }
    context.emit(
        VersionNamed.newBuilder()
            .setDocument(document)
            .setName(name)
            .setVersion(version)
            .setAuthor(context.caller().principal())
            .build());
    NameRow made = rows.names().get(new Pair<>(document, name));
    return named(name, made == null ? NameRow.getDefaultInstance() : made);
  }

  static NamedVersion named(String name, NameRow row) {
    return NamedVersion.newBuilder()
        .setName(name)
        .setVersion(row.getVersion())
        .setAuthor(row.getAuthor())
        .setTime(DocumentReads.time(row.getTimeUs()))
        .setBytes(row.getBytes())
        .build();
  }

  void applyNamed(VersionNamed event, EventContext context) {
    String document = event.getDocument();
    DocumentRow before = row(document);
    byte[] all = past(document, before).at(event.getVersion()).doc().encode();
    int chunks =
        DocumentRows.putChunks(
            all, (i, chunk) -> rows.named().put(new Triple<>(document, event.getName(), i), chunk));
    rows.names()
        .put(
            new Pair<>(document, event.getName()),
            NameRow.newBuilder()
                .setVersion(event.getVersion())
                .setTimeUs(context.logTimeUs())
                .setAuthor(event.getAuthor())
                .setBytes(all.length)
                .setChunks(chunks)
                .build());
    rows.documents()
        .replace(
            document,
            before,
            before.toBuilder()
                .setNames(before.getNames() + 1)
                .setNameBytes(before.getNameBytes() + all.length)
                .build());
  }

  RemoveNameResponse removeName(RemoveNameRequest request, CommandContext context) {
    String document = request.getDocument();
    boolean there = rows.names().get(new Pair<>(document, request.getName())) != null;
    if (there) {
      context.emit(
          NameRemoved.newBuilder().setDocument(document).setName(request.getName()).build());
    }
    return RemoveNameResponse.newBuilder().setRemoved(there).build();
  }

  void applyRemoved(NameRemoved event, EventContext context) {
    String document = event.getDocument();
    Pair<String, String> key = new Pair<>(document, event.getName());
    NameRow name = rows.names().get(key);
    DocumentRow before = rows.find(document);
    if (name == null || before == null) {
      return;
    }
    rows.names().delete(key);
    rows.named()
        .deletePrefix(KeyPrefix.of(prefix -> prefix.string(document).string(event.getName())));
    rows.documents()
        .replace(
            document,
            before,
            before.toBuilder()
                .setNames(before.getNames() - 1)
                .setNameBytes(before.getNameBytes() - name.getBytes())
                .build());
  }

  RestoreVersionResponse restore(RestoreVersionRequest request, CommandContext context) {
    String document = request.getDocument();
    PastVersions.Choice choice =
        PastVersions.Choice.of(request.getVersion(), request.getAtUs(), request.getName());
    PastVersions.Found found = past(document, row(document)).find(choice);
    int project = context.caller().project();
    OpenDocuments.Copy copy = open.open(project, document, context.logTimeUs());
    long known = emission.serverClient(document);
    long client = known == 0 ? EditCommands.draw(context) : known;
    boolean done = false;
    try {
      byte[] update = copy.doc().restore(client, found.doc());
      if (!Arrays.equals(update, Update.empty())) {
        boolean inserts = Update.decode(update).inserts();
        emission.check(copy, update.length, inserts, "version", context);
        emission.emit(document, update, known == 0 ? client : 0, found.version(), context);
        open.emitted(project, document, copy, update.length, context.logTimeUs());
      }
      done = true;
      return RestoreVersionResponse.newBuilder()
          .setVersion(copy.version())
          .setRestored(found.version())
          .setUpdate(ByteString.copyFrom(update))
          .build();
    } finally {
      if (!done) {
        open.forget(project, document);
      }
    }
  }

  Document setHistory(SetHistoryRequest request, CommandContext context) {
    String document = request.getDocument();
    row(document);
    context.emit(
        HistorySet.newBuilder().setDocument(document).setHistory(request.getHistory()).build());
    return DocumentReads.figures(document, row(document)).build();
  }

  void applySet(HistorySet event, EventContext context) {
    String document = event.getDocument();
    DocumentRow before = row(document);
    DocumentRow.Builder row = before.toBuilder().setHistory(event.getHistory());
    history.trim(document, row, context.logTimeUs());
    rows.documents().replace(document, before, row.build());
  }
}
