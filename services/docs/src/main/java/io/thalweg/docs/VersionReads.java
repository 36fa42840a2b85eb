package io.thalweg.docs;

import com.google.protobuf.ByteString;
import io.thalweg.docs.v1.CompareVersionsRequest;
import io.thalweg.docs.v1.CompareVersionsResponse;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.ListNamesRequest;
import io.thalweg.docs.v1.ListNamesResponse;
import io.thalweg.docs.v1.ReadVersionRequest;
import io.thalweg.docs.v1.ReadVersionResponse;
import io.thalweg.docs.v1.TailPart;
import io.thalweg.docs.v1.TextChange;
import io.thalweg.docs.yjs.TextPiece;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import java.util.Iterator;

/** Reads what documents were, from frozen views on reader threads. */
final class VersionReads {
  private static final long MAX_COMPARED = 100_000;
  private static final int MAX_NAMES = 1_000;

  private final DocumentRows rows;

  VersionReads(DocumentRows rows) {
    this.rows = rows;
  }

  /** The rows as a scan sees them. */
  record View(ScanContext context) implements DocumentRows.Source {
    @Override
    public <K, V> Iterator<Table.Row<K, V>> rows(Table<K, V> table, K from, K to) {
      return context.scan(table, from, to);
    }
  }

  /** The row of a document in a view. */
  DocumentRow row(String document, ScanContext context) {
    Iterator<Table.Row<String, DocumentRow>> found =
        context.scan(rows.documents(), document, document + '\0');
    if (!found.hasNext()) {
      throw Failure.notFound("document", document);
    }
    return found.next().value();
  }

  PastVersions past(String document, DocumentRow row, ScanContext context) {
    return new PastVersions(rows, new View(context), document, row);
  }

  ReadVersionResponse read(ReadVersionRequest request, ScanContext context) {
    String document = request.getDocument();
    PastVersions.Choice choice =
        PastVersions.Choice.of(request.getVersion(), request.getAtUs(), request.getName());
    PastVersions.Found found = past(document, row(document, context), context).find(choice);
    ReadVersionResponse.Builder answer =
        ReadVersionResponse.newBuilder().setVersion(found.version());
    TailPart last = found.last();
    if (last != null) {
      answer.setAuthor(last.getAuthor()).setTime(DocumentReads.time(last.getTimeUs()));
    }
    if (request.getRoot().isEmpty()) {
      return answer.setUpdate(ByteString.copyFrom(found.doc().encode())).build();
    }
    return answer
        .setContent(DocumentReads.content(found.doc(), request.getRoot(), request.getForm()))
        .build();
  }

  CompareVersionsResponse compare(CompareVersionsRequest request, ScanContext context) {
    String document = request.getDocument();
    DocumentRow row = row(document, context);
    long from = request.getFrom();
    long to = request.getTo() == 0 ? row.getVersion() : request.getTo();
    if (from > to) {
      throw Failure.invalid(
          "from", "must be at most `to`, which is %d; got %d".formatted(to, from));
    }
    if (to - from > MAX_COMPARED) {
      throw Failure.invalid(
          "from", "must be at most %d before `to`; got %d".formatted(MAX_COMPARED, to - from));
    }
    PastVersions past = past(document, row, context);
    YDoc earlier = past.at(from).doc();
    YDoc later = past.at(to).doc();
    Authors authors = new Authors();
    PartJoiner[] joiner = new PartJoiner[1];
    past.parts(
        past.firstPart(part -> part.getVersion() > from),
        part -> {
          if (part.getVersion() > to) {
            return false;
          }
          if (joiner[0] == null) {
            joiner[0] = new PartJoiner(update -> authors.add(update, part.getAuthor()));
          }
          joiner[0].add(part.getUpdate(), part.getMore());
          if (!part.getMore()) {
            joiner[0] = null;
          }
          return true;
        });
    CompareVersionsResponse.Builder answer =
        CompareVersionsResponse.newBuilder().setFrom(from).setTo(to);
    for (TextPiece piece : later.piecesSince(earlier, request.getRoot())) {
      authors.split(piece, change -> add(answer, change));
    }
    return answer.build();
  }

  /** Neighbours that are alike become one. */
  private static void add(CompareVersionsResponse.Builder answer, TextChange change) {
    int count = answer.getChangesCount();
    TextChange last = count == 0 ? null : answer.getChanges(count - 1);
    if (last != null
        && last.getKind() == change.getKind()
        && last.getAuthor().equals(change.getAuthor())) {
      answer.setChanges(
          count - 1, last.toBuilder().setText(last.getText() + change.getText()).build());
    } else {
      answer.addChanges(change);
    }
  }

  ListNamesResponse names(ListNamesRequest request, QueryContext context) {
    ListNamesResponse.Builder answer = ListNamesResponse.newBuilder();
    rows.names()
        .scanPrefix(KeyPrefix.of(key -> key.string(request.getDocument())), MAX_NAMES)
        .forEach(row -> answer.addNames(HistoryCommands.named(row.key().second(), row.value())));
    return answer.build();
  }
}
