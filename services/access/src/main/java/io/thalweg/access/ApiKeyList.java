package io.thalweg.access;

import io.thalweg.access.v1.ApiKey;
import io.thalweg.access.v1.ApiKeyRow;
import io.thalweg.access.v1.ListApiKeysRequest;
import io.thalweg.access.v1.ListApiKeysResponse;
import io.thalweg.runtime.NamePages;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.Table;
import java.util.List;

/** Lists the keys of a project by name, from all partitions. */
final class ApiKeyList {
  private final Table<String, ApiKeyRow> rows;

  ApiKeyList(Table<String, ApiKeyRow> rows) {
    this.rows = rows;
  }

  /** A partition's part of the page: with a token if it has more. */
  ListApiKeysResponse part(ListApiKeysRequest request, ScanContext context) {
    NamePages.Page<Table.Row<String, ApiKeyRow>> next =
        NamePages.part(context.scanAll(rows), request.getPageToken(), pageSize(request));
    ListApiKeysResponse.Builder part =
        ListApiKeysResponse.newBuilder().setNextPageToken(next.nextPageToken());
    next.items().forEach(row -> part.addApiKeys(row.value().getApiKey()));
    return part.build();
  }

  /** The page, of the parts of all partitions. */
  static ListApiKeysResponse merge(ListApiKeysRequest request, List<ListApiKeysResponse> parts) {
    NamePages.Page<ApiKey> page =
        NamePages.merge(
            parts,
            ListApiKeysResponse::getApiKeysList,
            ListApiKeysResponse::getNextPageToken,
            ApiKey::getKey,
            pageSize(request));
    return ListApiKeysResponse.newBuilder()
        .addAllApiKeys(page.items())
        .setNextPageToken(page.nextPageToken())
        .build();
  }

  private static int pageSize(ListApiKeysRequest request) {
    return request.hasPageSize() ? request.getPageSize() : Names.DEFAULT_PAGE_SIZE;
  }
}
