package io.thalweg.docs;

import io.thalweg.docs.v1.DocumentDeleted;
import io.thalweg.docs.v1.DocumentEvent;
import io.thalweg.docs.v1.DocumentUpdated;
import io.thalweg.docs.v1.WatchDocumentRequest;
import io.thalweg.runtime.WatchedEvent;
import org.jspecify.annotations.Nullable;

/** Picks a document's events out of those of its slot. */
final class DocumentWatch {
  private DocumentWatch() {}

  static @Nullable DocumentEvent map(WatchDocumentRequest request, WatchedEvent watched) {
    DocumentEvent.Builder event = DocumentEvent.newBuilder();
    String document;
    switch (watched.event()) {
      case DocumentUpdated e -> {
        document = e.getDocument();
        event.setDocumentUpdated(e);
      }
      case DocumentDeleted e -> {
        document = e.getDocument();
        event.setDocumentDeleted(e);
      }
      default -> {
        return null;
      }
    }
    if (!document.equals(request.getDocument())) {
      return null;
    }
    return event
        .setPosition(watched.position().toString())
        .setTime(DocumentReads.time(watched.logTimeUs()))
        .build();
  }
}
