package io.thalweg.docs.yjs;

/** What a nested type is, where one is made. */
public enum YKind {
  /** A Y.Array. */
  ARRAY(YType.Kind.ARRAY),
  /** A Y.Map. */
  MAP(YType.Kind.MAP),
  /** A Y.Text. */
  TEXT(YType.Kind.TEXT),
  /** A Y.XmlElement; has a name. */
  XML_ELEMENT(YType.Kind.XML_ELEMENT),
  /** A Y.XmlText. */
  XML_TEXT(YType.Kind.XML_TEXT);

  private final YType.Kind kind;

  YKind(YType.Kind kind) {
    this.kind = kind;
  }

  YType made(String name) {
    if (kind.isNamed() == name.isEmpty()) {
      throw new IllegalArgumentException(
          kind.isNamed() ? "an XML element has a name" : "only an XML element has a name");
    }
    return YType.nested(kind, kind.isNamed() ? name : null);
  }
}
