package io.thalweg.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table for people and for Markdown; the first column is text, the others are numbers. */
final class TextTable {
  private final List<String[]> rows = new ArrayList<>();

  TextTable(String... header) {
    rows.add(header);
  }

  void row(String... cells) {
    if (cells.length != rows.getFirst().length) {
      throw new IllegalArgumentException(
          "a row must have " + rows.getFirst().length + " cells; got " + cells.length);
    }
    rows.add(cells);
  }

  /** A number with thousands set apart and no decimals. */
  static String whole(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  /** A number with so many decimals; nothing for NaN. */
  static String decimals(double number, int decimals) {
    return Double.isNaN(number) ? "" : String.format(Locale.ROOT, "%." + decimals + "f", number);
  }

  void print() {
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    for (int r = 0; r < rows.size(); r++) {
      System.out.println(line(rows.get(r), widths));
      if (r == 0) {
        System.out.println(rule(widths));
      }
    }
    System.out.println();
  }

  private static String line(String[] row, int[] widths) {
    StringBuilder line = new StringBuilder("|");
    for (int i = 0; i < row.length; i++) {
      String padding = " ".repeat(widths[i] - row[i].length());
      line.append(' ').append(i == 0 ? row[i] + padding : padding + row[i]).append(" |");
    }
    return line.toString();
  }

  private static String rule(int[] widths) {
    StringBuilder rule = new StringBuilder("|");
    for (int i = 0; i < widths.length; i++) {
      rule.append(i == 0 ? ":" : "-").append("-".repeat(widths[i])).append(i == 0 ? "-|" : ":|");
    }
    return rule.toString();
  }
}
