package io.thalweg.docs.yjs;

/**
 * A piece of a text in two states of a document.
 *
 * @param kind what became of it
 * @param text its characters; U+FFFC for what is no text
 * @param units which they are, one for each character
 */
public record TextPiece(Kind kind, String text, UnitRange units) {
  /** What became of a piece between the two. */
  public enum Kind {
    /** It is in both. */
    KEPT,
    /** It is in the later one. */
    INSERTED,
    /** It was in the earlier one. */
    DELETED
  }
}
