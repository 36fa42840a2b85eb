package io.thalweg.runtime;

/**
 * One header of an HTTP message. No bounds of its own; the message that holds it has them.
 *
 * @param name upper and lower case mean the same
 * @param value without the white space around it
 */
public record HttpHeader(String name, String value) {
  /** What the header counts towards a bound: name and value, a colon, a space, a line end. */
  public int sizeBytes() {
    return name.length() + value.length() + 4;
  }
}
