package io.thalweg.access;

import io.thalweg.access.v1.ApiKey;
import io.thalweg.access.v1.ApiKeyRow;
import io.thalweg.access.v1.ListApiKeysRequest;
import io.thalweg.access.v1.ListApiKeysResponse;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/** Lists the keys of a project by name, from all partitions. */
final class ApiKeyList {
  private final Table<String, ApiKeyRow> rows;

  ApiKeyList(Table<String, ApiKeyRow> rows) {
    this.rows = rows;
  }

  /** A partition's part of the page: with a token if it has more. */
  ListApiKeysResponse part(ListApiKeysRequest request, ScanContext context) {
    String after = NamePages.nameBefore(request.getPageToken());
    int pageSize = pageSize(request);
    PriorityQueue<ApiKey> next =
        new PriorityQueue<>(Comparator.comparing(ApiKey::getKey).reversed());
    boolean more = false;
    Iterator<Table.Row<String, ApiKeyRow>> all = context.scanAll(rows);
    while (all.hasNext()) {
      Table.Row<String, ApiKeyRow> row = all.next();
      if (row.key().compareTo(after) > 0) {
        next.add(row.value().getApiKey());
        if (next.size() > pageSize) {
          next.remove();
          more = true;
        }
      }
    }
    List<ApiKey> page = new ArrayList<>(next);
    page.sort(Comparator.comparing(ApiKey::getKey));
    return answer(page, more);
  }

  /** The page, of the parts of all partitions. */
  static ListApiKeysResponse merge(ListApiKeysRequest request, List<ListApiKeysResponse> parts) {
    int pageSize = pageSize(request);
    List<ApiKey> all = new ArrayList<>();
    boolean more = false;
    for (ListApiKeysResponse part : parts) {
      all.addAll(part.getApiKeysList());
      more |= !part.getNextPageToken().isEmpty();
    }
    all.sort(Comparator.comparing(ApiKey::getKey));
    return all.size() > pageSize ? answer(all.subList(0, pageSize), true) : answer(all, more);
  }

  private static int pageSize(ListApiKeysRequest request) {
    return request.hasPageSize() ? request.getPageSize() : Names.DEFAULT_PAGE_SIZE;
  }

  private static ListApiKeysResponse answer(List<ApiKey> page, boolean more) {
    return ListApiKeysResponse.newBuilder()
        .addAllApiKeys(page)
        .setNextPageToken(more ? NamePages.tokenAfter(page.getLast().getKey()) : "")
        .build();
  }
}
