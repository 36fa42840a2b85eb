package io.thalweg.keys;

import io.thalweg.keys.v1.GetKeyRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.Lease;
import io.thalweg.keys.v1.LeaseRow;
import io.thalweg.keys.v1.ListLeasesRequest;
import io.thalweg.keys.v1.ListLeasesResponse;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.List;

/** Answers what is known of one namespace, its leases and its keys. */
final class Reads {
  private final Tables tables;

  Reads(Tables tables) {
    this.tables = tables;
  }

  io.thalweg.keys.v1.Namespace namespace(GetNamespaceRequest request, QueryContext context) {
    return describe(
        tables.index().get(context.caller().project(), request.getNamespace()),
        context.logTimeUs());
  }

  /** A namespace with its figures. Reads its leases, of which there are few. */
  io.thalweg.keys.v1.Namespace describe(Namespace namespace, long nowUs) {
    long expired = 0;
    for (Table.Row<Pair<Long, Long>, LeaseRow> row :
        tables
            .leases()
            .scan(
                new Pair<>(namespace.id(), 0L),
                new Pair<>(namespace.id(), Long.MAX_VALUE),
                Bounds.MAX_LEASES)) {
      if (row.value().getExpireTimeUs() <= nowUs) {
        expired += row.value().getUnknown();
      }
    }
    return Figures.of(namespace.name(), namespace.row(), tables.cursor(namespace), expired, nowUs);
  }

  ListLeasesResponse leases(ListLeasesRequest request, QueryContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    int pageSize = request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
    List<Table.Row<Pair<Long, Long>, LeaseRow>> rows =
        request.getAfterEpoch() == Long.MAX_VALUE
            ? List.of()
            : tables
                .leases()
                .scan(
                    new Pair<>(namespace.id(), request.getAfterEpoch() + 1),
                    new Pair<>(namespace.id(), Long.MAX_VALUE),
                    pageSize + 1);
    ListLeasesResponse.Builder answer =
        ListLeasesResponse.newBuilder().setMore(rows.size() > pageSize);
    rows.stream()
        .limit(pageSize)
        .forEach(
            row -> answer.addLeases(lease(row.key().second(), row.value(), context.logTimeUs())));
    return answer.build();
  }

  private static Lease lease(long epoch, LeaseRow row, long nowUs) {
    return Lease.newBuilder()
        .setEpoch(epoch)
        .setHolder(row.getHolder())
        .setLeaseTime(Bounds.time(row.getLeaseTimeUs()))
        .setExpireTime(Bounds.time(row.getExpireTimeUs()))
        .setGranted(row.getGranted())
        .setUnknown(row.getUnknown())
        .setExpired(row.getExpireTimeUs() <= nowUs)
        .build();
  }

  Key key(GetKeyRequest request, QueryContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    return Claims.Standing.of(tables, namespace, request.getKey()).answer(request.getKey());
  }
}
