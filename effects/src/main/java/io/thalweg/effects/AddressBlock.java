package io.thalweg.effects;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * A block of addresses, in CIDR notation {@code 10.0.0.0/8} or {@code fc00::/7}. IPv4 and IPv6 are
 * apart: a block of one kind contains no address of the other.
 */
final class AddressBlock {
  private final byte[] first;
  private final int prefixBits;

  private AddressBlock(byte[] first, int prefixBits) {
    this.first = first;
    this.prefixBits = prefixBits;
  }

  /**
   * Reads a block; an address alone is a block of one.
   *
   * @throws IllegalArgumentException naming the field, if it is not one
   */
  static AddressBlock parse(String field, String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    try {
      if (address.indexOf('%') >= 0) {
        throw new IllegalArgumentException("a zone id");
      }
      byte[] first = InetAddress.ofLiteral(address).getAddress();
      int bits = slash < 0 ? first.length * 8 : Integer.parseInt(text.substring(slash + 1));
      if (bits < 0 || bits > first.length * 8) {
        throw new IllegalArgumentException("prefix length " + bits);
      }
      return new AddressBlock(first, bits);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          field + " must be an address block such as 10.0.0.0/8 or fc00::/7; got " + text, e);
    }
  }

  /** Whether the address, 4 or 16 bytes in network order, is in this block. */
  boolean contains(byte[] address) {
    if (address.length != first.length) {
      return false;
    }
    int whole = prefixBits / 8;
    if (!Arrays.equals(address, 0, whole, first, 0, whole)) {
      return false;
    }
    int rest = prefixBits % 8;
    return rest == 0 || ((address[whole] ^ first[whole]) & 0xff) >>> (8 - rest) == 0;
  }
}
