package io.thalweg.messaging.xmpp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An element of XML with all that is in it. It is built by one thread and not changed once it was
 * handed on. Attributes have no namespaces, but for {@code xml:lang}.
 */
final class Element {
  private final String name;
  private final String namespace;
  private final Map<String, String> attributes = new LinkedHashMap<>();
  private final List<Object> content = new ArrayList<>();

  Element(String name, String namespace) {
    this.name = name;
    this.namespace = namespace;
  }

  /** An element of the namespace of stanzas. */
  static Element stanza(String name) {
    return new Element(name, Names.CLIENT);
  }

  String name() {
    return name;
  }

  String namespace() {
    return namespace;
  }

  boolean is(String wantedName, String wantedNamespace) {
    return name.equals(wantedName) && namespace.equals(wantedNamespace);
  }

  /** Sets an attribute; one without a value is left out. */
  Element with(String attribute, @Nullable String value) {
    if (value != null) {
      attributes.put(attribute, value);
    }
    return this;
  }

  Element add(Element child) {
    content.add(child);
    return this;
  }

  Element add(String text) {
    content.add(text);
    return this;
  }

  @Nullable String get(String attribute) {
    return attributes.get(attribute);
  }

  String get(String attribute, String otherwise) {
    return attributes.getOrDefault(attribute, otherwise);
  }

  /** The first child of a name. */
  @Nullable Element child(String wantedName, String wantedNamespace) {
    for (Object each : content) {
      if (each instanceof Element child && child.is(wantedName, wantedNamespace)) {
        return child;
      }
    }
    return null;
  }

  /** The first child whatever its name. */
  @Nullable Element child() {
    for (Object each : content) {
      if (each instanceof Element child) {
        return child;
      }
    }
    return null;
  }

  List<Element> children() {
    List<Element> children = new ArrayList<>();
    for (Object each : content) {
      if (each instanceof Element child) {
        children.add(child);
      }
    }
    return children;
  }

  /** Its text, without that of its children. */
  String text() {
    StringBuilder text = new StringBuilder();
    for (Object each : content) {
      if (each instanceof String part) {
        text.append(part);
      }
    }
    return text.toString();
  }

  /** A copy with other attributes {@code from} and {@code to}. */
  Element between(String from, String to) {
    Element copy = new Element(name, namespace);
    copy.attributes.putAll(attributes);
    copy.attributes.put("from", from);
    copy.attributes.put("to", to);
    copy.content.addAll(content);
    return copy;
  }

  /** As it stands within a stream whose default namespace is that of stanzas. */
  String xml() {
    StringBuilder out = new StringBuilder();
    write(out, Names.CLIENT);
    return out.toString();
  }

  /**
   * The same where it stands by itself, without a stream around that names the namespaces.
   *
   * @param xml as {@link #xml} has made it
   */
  static String standing(String xml) {
    int end = 1;
    while (" />".indexOf(xml.charAt(end)) < 0) {
      end++;
    }
    StringBuilder out = new StringBuilder(xml.length() + 80).append(xml, 0, end);
    if (xml.startsWith("<stream:")) {
      out.append(" xmlns:stream='").append(Names.STREAMS).append('\'');
    } else if (!xml.startsWith(" xmlns='", end)) {
      out.append(" xmlns='").append(Names.CLIENT).append('\'');
    }
    return out.append(xml, end, xml.length()).toString();
  }

  @Override
  public String toString() {
    return xml();
  }

  private void write(StringBuilder out, String around) {
    boolean ofStream = namespace.equals(Names.STREAMS);
    String tag = ofStream ? "stream:" + name : name;
    String within = ofStream ? around : namespace;
    out.append('<').append(tag);
    if (!within.equals(around)) {
      out.append(" xmlns='");
      escape(out, namespace);
      out.append('\'');
    }
    attributes.forEach((attribute, value) -> {
      out.append(' ').append(attribute).append("='");
      escape(out, value);
      out.append('\'');
    });
    if (content.isEmpty()) {
      out.append("/>");
      return;
    }
    out.append('>');
    for (Object each : content) {
      if (each instanceof Element child) {
        child.write(out, within);
      } else {
        escape(out, (String) each);
      }
    }
    out.append("</").append(tag).append('>');
  }

  /** What XML cannot hold, as control characters, becomes U+FFFD. */
  static void escape(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '\'' -> out.append("&apos;");
        case '"' -> out.append("&quot;");
        case '\r' -> out.append("&#13;");
        case '\t', '\n' -> out.append(c);
        default -> {
          if (Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1))) {
            out.append(c).append(text.charAt(++i));
          } else if (c < ' ' || Character.isSurrogate(c) || c >= '\uFFFE') {
            out.append('\uFFFD');
          } else {
            out.append(c);
          }
        }
      }
    }
  }
}
