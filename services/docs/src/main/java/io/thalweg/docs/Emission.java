package io.thalweg.docs;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.docs.v1.DocumentUpdated;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.Set;

/** Logs an update, within the bounds. */
final class Emission {
  private final DocumentRows rows;
  private final Hooks hooks;
  private final long maxDocumentBytes;

  Emission(DocumentRows rows, Hooks hooks, Limits limits) {
    this.rows = rows;
    this.hooks = hooks;
    this.maxDocumentBytes = limits.documentBytes();
  }

  /**
   * Whether a document may take an update.
   *
   * @throws Failure INVALID_ARGUMENT if the update is too large; RESOURCE_EXHAUSTED if the document
   *     would be, or is updated too often
   */
  void check(
      OpenDocuments.Copy copy,
      int updateBytes,
      boolean inserts,
      String field,
      CommandContext context) {
    if (updateBytes > Bounds.MAX_UPDATE_BYTES) {
      throw Failure.invalid(
          field,
          "must make an update of at most %d bytes; got %d"
              .formatted(Bounds.MAX_UPDATE_BYTES, updateBytes));
    }
    if (inserts
        && copy.writtenBytes() + updateBytes > maxDocumentBytes
        && copy.measure() + updateBytes > maxDocumentBytes) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED,
          "a document has at most %d bytes, deleted marks included; this one has %d, and the update %d"
              .formatted(maxDocumentBytes, copy.writtenBytes(), updateBytes));
    }
    copy.bucket().take(context.logTimeUs());
  }

  /**
   * Logs an update, in parts if it is large.
   *
   * @param serverClient 0: nothing is said of it
   * @param restores the version that it restores; 0: it does not
   */
  void emit(
      String document, byte[] update, long serverClient, long restores, CommandContext context) {
    for (int at = 0; at < update.length; at += Bounds.PART_BYTES) {
      int end = Math.min(update.length, at + Bounds.PART_BYTES);
      context.emit(
          DocumentUpdated.newBuilder()
              .setDocument(document)
              .setUpdate(ByteString.copyFrom(update, at, end - at))
              .setMore(end < update.length)
              .setServerClient(at == 0 ? serverClient : 0)
              .setAuthor(context.caller().principal())
              .setKept(true)
              .setRestores(restores)
              .build());
    }
    hooks.changed(document, context);
  }

  /** Whether the server may edit a document: not where there was one that was deleted. */
  void checkGeneration(String document) {
    Generations.check(rows, document, Set.of());
  }

  /** Under which client the server edits a document; 0 if none was drawn yet. */
  long serverClient(String document) {
    var row = rows.find(document);
    return row == null ? 0 : row.getServerClient();
  }
}
