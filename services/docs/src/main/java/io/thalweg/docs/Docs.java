package io.thalweg.docs;

import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentResponse;
import io.thalweg.docs.v1.DiffDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.DocsProto;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.DocumentDeleted;
import io.thalweg.docs.v1.DocumentEvent;
import io.thalweg.docs.v1.DocumentUpdated;
import io.thalweg.docs.v1.EditDocumentRequest;
import io.thalweg.docs.v1.EditDocumentResponse;
import io.thalweg.docs.v1.GetDocumentRequest;
import io.thalweg.docs.v1.GetStateVectorRequest;
import io.thalweg.docs.v1.ListDocumentsRequest;
import io.thalweg.docs.v1.ListDocumentsResponse;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.v1.StateVectorResponse;
import io.thalweg.docs.v1.WatchDocumentRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.ServiceType;

/**
 * Documents of Yjs. One instance lives in each partition, with all documents whose names fall to
 * it.
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), Docs.TYPE)) {
 *   node.call(
 *       ApplyUpdateRequest.newBuilder().setDocument("notes").setUpdate(update).build(),
 *       ApplyUpdateResponse.class);
 * }
 * }</pre>
 */
public final class Docs {
  /** The service, to open a node with. */
  public static final ServiceType TYPE = of(Bounds.MAX_DOCUMENT_BYTES);

  private Docs() {}

  /** The service with another bound for a document. */
  static ServiceType of(long maxDocumentBytes) {
    return ServiceType.of(
        DocsProto.getDescriptor().findServiceByName("Documents"),
        definition -> define(definition, maxDocumentBytes));
  }

  private static void define(Definition d, long maxDocumentBytes) {
    DocumentRows rows = DocumentRows.declare(d);
    OpenDocuments open = new OpenDocuments(rows);

    Emission emission = new Emission(rows, maxDocumentBytes);
    UpdateCommands updates = new UpdateCommands(rows, open, emission);
    d.command(ApplyUpdateRequest.class, ApplyUpdateResponse.class, updates::apply);
    d.command(DeleteDocumentRequest.class, DeleteDocumentResponse.class, updates::delete);
    EditCommands edits = new EditCommands(open, emission);
    d.command(EditDocumentRequest.class, EditDocumentResponse.class, edits::edit);

    AppliedUpdates applied = new AppliedUpdates(rows);
    d.event(DocumentUpdated.class, applied::updated);
    d.event(DocumentDeleted.class, applied::deleted);

    DocumentReads reads = new DocumentReads(rows, open);
    d.query(GetDocumentRequest.class, Document.class, reads::figures);
    d.query(ReadDocumentRequest.class, ReadDocumentResponse.class, reads::content);
    d.query(GetStateVectorRequest.class, StateVectorResponse.class, reads::stateVector);
    d.query(DiffDocumentRequest.class, DiffDocumentResponse.class, reads::diff);

    DocumentList list = new DocumentList(rows);
    d.scan(
        ListDocumentsRequest.class, ListDocumentsResponse.class, list::part, DocumentList::merge);
    d.watch(WatchDocumentRequest.class, DocumentEvent.class, DocumentWatch::map);
  }
}
