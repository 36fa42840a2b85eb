package io.thalweg.docs;

import com.google.rpc.Code;
import io.thalweg.docs.v1.CreateDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.DocumentCreated;
import io.thalweg.docs.v1.DocumentDeleted;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.TombstoneRow;
import io.thalweg.docs.yjs.Update;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import java.util.Set;

/**
 * Documents of one name, one after the other. A copy of a document tells by the clients that it
 * knows of which generation it is: every editor draws its own, and never a second time. So those of
 * a deleted document are kept, and what speaks of one of them is refused.
 */
final class Generations {
  private static final byte[] NOTHING = {};

  private final DocumentRows rows;
  private final OpenDocuments open;
  private final Hooks hooks;

  Generations(DocumentRows rows, OpenDocuments open, Hooks hooks) {
    this.rows = rows;
    this.open = open;
    this.hooks = hooks;
  }

  /**
   * Whether a document may take what speaks of some clients.
   *
   * @throws Failure FAILED_PRECONDITION if it was deleted, or is of another generation
   */
  static void check(DocumentRows rows, String document, Set<Long> clients) {
    DocumentRow row = rows.find(document);
    if (row == null) {
      if (rows.tombstones().get(document) != null) {
        throw Failure.of(
            Code.FAILED_PRECONDITION,
            "the document was deleted; CreateDocument makes a new one of its name");
      }
    } else if (row.getGeneration() > 0) {
      for (long client : clients) {
        if (rows.retired().contains(new Pair<>(document, client))) {
          throw Failure.of(
              Code.FAILED_PRECONDITION,
              "this is a copy of a document that was deleted; there is a new one of its name");
        }
      }
    }
  }

  /** As {@link #check(DocumentRows, String, Set)}, of an update; looks into it if it must. */
  static void check(DocumentRows rows, String document, Update update) {
    DocumentRow row = rows.find(document);
    check(rows, document, row != null && row.getGeneration() > 0 ? update.clients() : Set.of());
  }

  Document create(CreateDocumentRequest request, CommandContext context) {
    String document = request.getDocument();
    if (rows.find(document) == null) {
      context.emit(DocumentCreated.newBuilder().setDocument(document).build());
    }
    DocumentRow row = rows.find(document);
    return DocumentReads.figures(document, row == null ? DocumentRow.getDefaultInstance() : row)
        .build();
  }

  void applyCreated(DocumentCreated event, EventContext context) {
    String document = event.getDocument();
    TombstoneRow before = rows.tombstones().get(document);
    rows.documents()
        .put(
            document,
            DocumentRow.newBuilder()
                .setCreateUs(context.logTimeUs())
                .setUpdateUs(context.logTimeUs())
                .setChain(context.offset())
                .setHasHistory(true)
                .setGeneration(before == null ? 0 : before.getGeneration())
                .build());
    rows.tombstones().delete(document);
  }

  DeleteDocumentResponse delete(DeleteDocumentRequest request, CommandContext context) {
    String document = request.getDocument();
    boolean there = rows.find(document) != null;
    if (there || (request.getForget() && rows.tombstones().get(document) != null)) {
      if (there) {
        hooks.deleted(document, context);
      }
      context.emit(
          DocumentDeleted.newBuilder()
              .setDocument(document)
              .setKeepsOut(!request.getForget())
              .build());
      open.forget(context.caller().project(), document);
    }
    return DeleteDocumentResponse.newBuilder().setDeleted(there).build();
  }

  void applyDeleted(DocumentDeleted event, EventContext context) {
    String document = event.getDocument();
    DocumentRow row = rows.find(document);
    if (event.getKeepsOut() && row != null) {
      retire(document, row);
      rows.tombstones()
          .put(
              document,
              TombstoneRow.newBuilder()
                  .setGeneration(row.getGeneration() + 1)
                  .setTimeUs(context.logTimeUs())
                  .build());
    } else {
      rows.retired().deletePrefix(KeyPrefix.of(key -> key.string(document)));
      rows.tombstones().delete(document);
    }
    rows.delete(document);
  }

  private void retire(String document, DocumentRow row) {
    Set<Long> clients;
    try {
      byte[] all = OpenDocuments.load(rows, document, row).encode();
      // With those of what waits, which the state vector does not name.
      clients = Update.decode(all).clients();
    } catch (RuntimeException e) {
      // Bytes that no command let in: whose they are is not known.
      return;
    }
    clients.forEach(client -> rows.retired().put(new Pair<>(document, client), NOTHING));
  }
}
