package io.thalweg.runtime;

import io.thalweg.state.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;

/**
 * Pages of lists that are ordered by name. A token holds the last name of its page, and the next
 * page begins behind it, whatever was added or removed in between.
 */
public final class NamePages {
  private static final byte FORMAT = 2;

  private NamePages() {}

  /** The token of the page that ends with {@code name}. */
  public static String tokenAfter(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[1 + utf8.length];
    bytes[0] = FORMAT;
    System.arraycopy(utf8, 0, bytes, 1, utf8.length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The name behind which a page begins.
   *
   * @param pageToken empty: the first page
   * @return empty for the first page
   * @throws Failure INVALID_ARGUMENT if it is no such token
   */
  public static String nameBefore(String pageToken) {
    if (pageToken.isEmpty()) {
      return "";
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(pageToken);
    } catch (IllegalArgumentException notBase64) {
      throw unknown(pageToken);
    }
    if (bytes.length < 2 || bytes[0] != FORMAT) {
      throw unknown(pageToken);
    }
    String name = new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8);
    if (!tokenAfter(name).equals(pageToken)) {
      throw unknown(pageToken);
    }
    return name;
  }

  /**
   * A page.
   *
   * @param items in the order of their names
   * @param nextPageToken empty: there are no more
   */
  public record Page<T>(List<T> items, String nextPageToken) {}

  /**
   * A partition's part of a page: the rows whose names come next. Looks at all rows, and keeps as
   * many as the page has.
   *
   * @throws Failure INVALID_ARGUMENT if the token is none
   */
  public static <V> Page<Table.Row<String, V>> part(
      Iterator<Table.Row<String, V>> rows, String pageToken, int pageSize) {
    String after = nameBefore(pageToken);
    PriorityQueue<Table.Row<String, V>> next =
        new PriorityQueue<>(
            Comparator.comparing((Table.Row<String, V> row) -> row.key()).reversed());
    boolean more = false;
    while (rows.hasNext()) {
      Table.Row<String, V> row = rows.next();
      if (row.key().compareTo(after) > 0) {
        next.add(row);
        if (next.size() > pageSize) {
          next.remove();
          more = true;
        }
      }
    }
    List<Table.Row<String, V>> page = new ArrayList<>(next);
    page.sort(Comparator.comparing(Table.Row::key));
    return page(page, more, Table.Row::key);
  }

  /**
   * The page, of the parts of all partitions.
   *
   * @param items those of a part
   * @param tokens the token of a part
   * @param nameOf name of an item
   */
  public static <P, T> Page<T> merge(
      List<P> parts,
      Function<P, List<T>> items,
      Function<P, String> tokens,
      Function<T, String> nameOf,
      int pageSize) {
    List<T> all = new ArrayList<>();
    boolean more = false;
    for (P part : parts) {
      all.addAll(items.apply(part));
      more |= !tokens.apply(part).isEmpty();
    }
    all.sort(Comparator.comparing(nameOf));
    return all.size() > pageSize
        ? page(all.subList(0, pageSize), true, nameOf)
        : page(all, more, nameOf);
  }

  private static <T> Page<T> page(List<T> items, boolean more, Function<T, String> nameOf) {
    return new Page<>(items, more ? tokenAfter(nameOf.apply(items.getLast())) : "");
  }

  private static Failure unknown(String token) {
    return Failure.invalid(
        "page_token", "must be from an earlier answer; got '" + Failure.quote(token) + "'");
  }
}
