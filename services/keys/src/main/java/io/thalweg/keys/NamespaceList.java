package io.thalweg.keys;

import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.LeaseRow;
import io.thalweg.keys.v1.ListNamespacesRequest;
import io.thalweg.keys.v1.ListNamespacesResponse;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NamespaceRow;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Lists the namespaces of a project by name, from all partitions. */
final class NamespaceList {
  private final Tables tables;

  NamespaceList(Tables tables) {
    this.tables = tables;
  }

  /** A partition's part of the page: with a token if it has more. */
  ListNamespacesResponse part(ListNamespacesRequest request, ScanContext context) {
    String after = NamePages.nameBefore(request.getPageToken());
    int pageSize = pageSize(request);
    TreeMap<String, NamespaceRow> next = new TreeMap<>();
    boolean more = false;
    Iterator<Table.Row<String, NamespaceRow>> all = context.scanAll(tables.namespaces());
    while (all.hasNext()) {
      Table.Row<String, NamespaceRow> row = all.next();
      if (row.key().compareTo(after) > 0) {
        next.put(row.key(), row.value());
        if (next.size() > pageSize) {
          next.pollLastEntry();
          more = true;
        }
      }
    }
    Map<Long, CursorRow> cursors = new HashMap<>();
    context.scanAll(tables.cursors()).forEachRemaining(row -> cursors.put(row.key(), row.value()));
    Map<Long, Long> expired = expired(context);
    List<Namespace> page = new ArrayList<>();
    next.forEach((name, row) ->
        page.add(
            Figures.of(
                name,
                row,
                cursors.getOrDefault(row.getNamespaceId(), CursorRow.getDefaultInstance()),
                expired.getOrDefault(row.getNamespaceId(), 0L),
                context.logTimeUs())));
    return answer(page, more);
  }

  /** By namespace: keys of unknown fate in leases that have expired. */
  private Map<Long, Long> expired(ScanContext context) {
    Map<Long, Long> expired = new HashMap<>();
    Iterator<Table.Row<Pair<Long, Long>, LeaseRow>> leases = context.scanAll(tables.leases());
    while (leases.hasNext()) {
      Table.Row<Pair<Long, Long>, LeaseRow> row = leases.next();
      if (row.value().getExpireTimeUs() <= context.logTimeUs()) {
        expired.merge(row.key().first(), row.value().getUnknown(), Long::sum);
      }
    }
    return expired;
  }

  /** The page, of the parts of all partitions. */
  static ListNamespacesResponse merge(
      ListNamespacesRequest request, List<ListNamespacesResponse> parts) {
    int pageSize = pageSize(request);
    TreeMap<String, Namespace> all = new TreeMap<>();
    boolean more = false;
    for (ListNamespacesResponse part : parts) {
      part.getNamespacesList().forEach(each -> all.put(each.getNamespace(), each));
      more |= !part.getNextPageToken().isEmpty();
    }
    List<Namespace> page = all.values().stream().limit(pageSize).toList();
    return answer(page, more || all.size() > pageSize);
  }

  private static int pageSize(ListNamespacesRequest request) {
    return request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
  }

  private static ListNamespacesResponse answer(List<Namespace> page, boolean more) {
    return ListNamespacesResponse.newBuilder()
        .addAllNamespaces(page)
        .setNextPageToken(more ? NamePages.tokenAfter(page.getLast().getNamespace()) : "")
        .build();
  }
}
