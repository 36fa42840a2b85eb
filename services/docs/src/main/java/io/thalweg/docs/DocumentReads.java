package io.thalweg.docs;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.thalweg.docs.v1.DiffDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.Encoding;
import io.thalweg.docs.v1.Form;
import io.thalweg.docs.v1.GetDocumentRequest;
import io.thalweg.docs.v1.GetStateVectorRequest;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.v1.StateVectorResponse;
import io.thalweg.docs.yjs.MalformedUpdateException;
import io.thalweg.docs.yjs.StateVector;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;

/** Reads documents. Costs what the document is large, on the partition's thread. */
final class DocumentReads {
  private final DocumentRows rows;
  private final OpenDocuments open;

  DocumentReads(DocumentRows rows, OpenDocuments open) {
    this.rows = rows;
    this.open = open;
  }

  Document figures(GetDocumentRequest request, QueryContext context) {
    DocumentRow row = row(request.getDocument());
    YDoc doc = copy(request.getDocument(), context).doc();
    return figures(request.getDocument(), row)
        .addAllRoots(doc.roots().stream().sorted().toList())
        .setWaiting(doc.isWaiting())
        .build();
  }

  static Document.Builder figures(String document, DocumentRow row) {
    return Document.newBuilder()
        .setDocument(document)
        .setVersion(row.getVersion())
        .setMergedBytes(row.getMergedBytes())
        .setTailUpdates(row.getTailUpdates())
        .setTailBytes(row.getTailBytes())
        .setCreateTime(time(row.getCreateUs()))
        .setUpdateTime(time(row.getUpdateUs()))
        .setGeneration(row.getGeneration())
        .setOldestVersion(row.getHasHistory() ? row.getHistoryVersion() : row.getVersion())
        .setHistoryBytes(row.getHistoryBytes())
        .setHistory(History.inForce(row.getHistory()));
  }

  ReadDocumentResponse content(ReadDocumentRequest request, QueryContext context) {
    row(request.getDocument());
    OpenDocuments.Copy copy = copy(request.getDocument(), context);
    String root = request.getRoot();
    String content = content(copy.doc(), root, request.getForm());
    return ReadDocumentResponse.newBuilder().setContent(content).setVersion(copy.version()).build();
  }

  /** A root type in a form. */
  static String content(YDoc doc, String root, Form form) {
    return switch (form) {
      case FORM_UNSPECIFIED, TEXT -> doc.text(root);
      case JSON -> doc.json(root);
      case XML -> doc.xml(root);
      case DELTA -> doc.deltaJson(root);
      case UNRECOGNIZED ->
          throw Failure.invalid("form", "must be TEXT, JSON, XML or DELTA; got another number");
    };
  }

  StateVectorResponse stateVector(GetStateVectorRequest request, QueryContext context) {
    OpenDocuments.Copy copy = copy(request.getDocument(), context);
    return StateVectorResponse.newBuilder()
        .setStateVector(ByteString.copyFrom(copy.doc().stateVector().encode()))
        .setVersion(copy.version())
        .build();
  }

  DiffDocumentResponse diff(DiffDocumentRequest request, QueryContext context) {
    StateVector known = known(request.getStateVector());
    Generations.check(rows, request.getDocument(), known.clocks().keySet());
    OpenDocuments.Copy copy = copy(request.getDocument(), context);
    YDoc doc = copy.doc();
    byte[] update = request.getEncoding() == Encoding.V2 ? doc.encodeV2(known) : doc.encode(known);
    return DiffDocumentResponse.newBuilder()
        .setUpdate(ByteString.copyFrom(update))
        .setStateVector(ByteString.copyFrom(doc.stateVector().encode()))
        .setVersion(copy.version())
        .build();
  }

  private static StateVector known(ByteString bytes) {
    if (bytes.isEmpty()) {
      return StateVector.EMPTY;
    }
    try {
      return StateVector.decode(bytes.toByteArray());
    } catch (MalformedUpdateException e) {
      throw Failure.invalid("state_vector", "must be a state vector of Yjs: " + e.getMessage());
    }
  }

  private OpenDocuments.Copy copy(String document, QueryContext context) {
    return open.open(context.caller().project(), document, context.logTimeUs());
  }

  private DocumentRow row(String document) {
    DocumentRow row = rows.find(document);
    if (row == null) {
      throw Failure.notFound("document", document);
    }
    return row;
  }

  static Timestamp time(long us) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(us, 1_000_000L))
        .setNanos((int) Math.floorMod(us, 1_000_000L) * 1000)
        .build();
  }
}
