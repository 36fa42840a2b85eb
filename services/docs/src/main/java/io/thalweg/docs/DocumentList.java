package io.thalweg.docs;

import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.ListDocumentsRequest;
import io.thalweg.docs.v1.ListDocumentsResponse;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.Table;
import java.util.List;

/**
 * Lists documents by name. Rows lie by slot, so every page looks at all documents of the project
 * and keeps those that come next: memory is bound by the page, time is not.
 */
final class DocumentList {
  private final DocumentRows rows;

  DocumentList(DocumentRows rows) {
    this.rows = rows;
  }

  /** A partition's part of the page: with a token if it has more. */
  ListDocumentsResponse part(ListDocumentsRequest request, ScanContext context) {
    NamePages.Page<Table.Row<String, DocumentRow>> next =
        NamePages.part(
            context.scanAll(rows.documents()), request.getPageToken(), pageSize(request));
    ListDocumentsResponse.Builder part =
        ListDocumentsResponse.newBuilder().setNextPageToken(next.nextPageToken());
    next.items().forEach(row -> part.addDocuments(DocumentReads.figures(row.key(), row.value())));
    return part.build();
  }

  /** The page, of the parts of all partitions. */
  static ListDocumentsResponse merge(
      ListDocumentsRequest request, List<ListDocumentsResponse> parts) {
    NamePages.Page<Document> page =
        NamePages.merge(
            parts,
            ListDocumentsResponse::getDocumentsList,
            ListDocumentsResponse::getNextPageToken,
            Document::getDocument,
            pageSize(request));
    return ListDocumentsResponse.newBuilder()
        .addAllDocuments(page.items())
        .setNextPageToken(page.nextPageToken())
        .build();
  }

  private static int pageSize(ListDocumentsRequest request) {
    return request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
  }
}
