package io.thalweg.edge;

import io.thalweg.contract.Access;
import io.thalweg.runtime.Failure;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Something that a caller may do.
 *
 * <p>As text: {@code SERVICE:ACCESS[+ACCESS][:PREFIX]}, for example {@code leaderboard:read+write},
 * {@code *:admin} or {@code leaderboard:read:eu-}.
 *
 * @param service name of a service, {@link #OPERATIONS}, or {@link #ANY}
 * @param access what is allowed; ADMIN includes the others
 * @param keyPrefix only keys that begin so; empty: all
 */
public record Permission(String service, Set<Access> access, String keyPrefix) {
  /** Every service, and operations. */
  public static final String ANY = "*";

  /** What is of the whole node: backups, metrics, rebuilds. */
  public static final String OPERATIONS = "operations";

  private static final int PARTS = 3;

  public Permission {
    access = Set.copyOf(access);
  }

  /** Everything. */
  public static Permission everything() {
    return new Permission(ANY, Set.of(Access.ADMIN), "");
  }

  /**
   * Reads the text form.
   *
   * @throws Failure INVALID_ARGUMENT naming what is wrong
   */
  public static Permission parse(String text) {
    String[] parts = text.split(":", PARTS);
    if (parts.length < 2 || parts[0].isEmpty()) {
      throw wrong(text);
    }
    Set<Access> access = EnumSet.noneOf(Access.class);
    for (String name : parts[1].split("\\+", -1)) {
      switch (name) {
        case "read" -> access.add(Access.READ);
        case "write" -> access.add(Access.WRITE);
        case "admin" -> access.add(Access.ADMIN);
        default -> throw wrong(text);
      }
    }
    return new Permission(parts[0], access, parts.length == PARTS ? parts[2] : "");
  }

  private static Failure wrong(String text) {
    return Failure.invalid(
        "permission",
        "must be SERVICE:ACCESS[:PREFIX] with read, write or admin, joined by '+'; got '"
            + Failure.quote(text)
            + "'");
  }

  boolean allows(String askedService, Access asked) {
    return (service.equals(ANY) || service.equals(askedService))
        && (access.contains(asked) || access.contains(Access.ADMIN));
  }

  /** The text form. */
  @Override
  public String toString() {
    String kinds =
        access.stream()
            .sorted()
            .map(kind -> kind.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining("+"));
    return service + ":" + kinds + (keyPrefix.isEmpty() ? "" : ":" + keyPrefix);
  }
}
