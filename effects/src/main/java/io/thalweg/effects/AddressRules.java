package io.thalweg.effects;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which addresses and ports may be called. Refused is what is not a unicast address of the public
 * Internet by the IANA special-purpose registries (RFC 6890 and its updates). IPv6 is turned round:
 * only 2000::/3 is allowed, less what is reserved in it. An IPv6 address that stands for an IPv4
 * one is judged by that one. What an option allows is allowed, whatever it is.
 */
final class AddressRules {
  private static final Map<AddressBlock, String> REFUSED_V4 =
      blocks(
          "0.0.0.0/8", "an unspecified",
          "10.0.0.0/8", "a private",
          "100.64.0.0/10", "a carrier's private",
          "127.0.0.0/8", "a loopback",
          "169.254.0.0/16", "a link-local",
          "172.16.0.0/12", "a private",
          "192.0.0.0/24", "a reserved",
          "192.0.2.0/24", "a documentation",
          "192.88.99.0/24", "a reserved",
          "192.168.0.0/16", "a private",
          "198.18.0.0/15", "a benchmarking",
          "198.51.100.0/24", "a documentation",
          "203.0.113.0/24", "a documentation",
          "224.0.0.0/4", "a multicast",
          "240.0.0.0/4", "a reserved");
  private static final Map<AddressBlock, String> REFUSED_V6 =
      blocks(
          "::/128", "an unspecified",
          "::1/128", "a loopback",
          "fc00::/7", "a private",
          "fe80::/10", "a link-local",
          "fec0::/10", "a site-local",
          "ff00::/8", "a multicast",
          "2001::/23", "a reserved",
          "2001:db8::/32", "a documentation",
          "2002::/16", "a 6to4",
          "3fff::/20", "a documentation");
  private static final AddressBlock GLOBAL_V6 = AddressBlock.parse("block", "2000::/3");
  private static final AddressBlock NAT64 = AddressBlock.parse("block", "64:ff9b::/96");

  private final List<AddressBlock> allowedBlocks;
  private final Set<String> allowedHosts;
  private final Set<Integer> allowedPorts;

  AddressRules(EffectOptions options) {
    allowedBlocks =
        options.allowedNetworks().stream()
            .map(block -> AddressBlock.parse("allowedNetworks", block))
            .toList();
    allowedHosts = options.allowedHosts();
    allowedPorts = options.allowedPorts();
  }

  /** Whether a port may be called: 80, 443, from 1024 on, and what an option allows. */
  boolean allowsPort(int port) {
    return port == 80 || port == 443 || port >= 1024 || allowedPorts.contains(port);
  }

  /** Whether whatever a name leads to may be called. */
  boolean allowsHost(String host) {
    return allowedHosts.contains(host);
  }

  /** Why an address must not be called, such as "a loopback address"; empty if it may be. */
  Optional<String> refusal(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (allowedBlocks.stream().anyMatch(block -> block.contains(bytes))) {
      return Optional.empty();
    }
    if (bytes.length == 4) {
      return reason(REFUSED_V4, bytes);
    }
    // ::ffff:0:0/96 is connected to over IPv4. Java has made an IPv4 address of most of them.
    boolean mapped = isZero(bytes, 0, 10) && bytes[10] == -1 && bytes[11] == -1;
    if (mapped || NAT64.contains(bytes)) {
      return embedded(bytes, 12);
    }
    Optional<String> reason = reason(REFUSED_V6, bytes);
    if (reason.isPresent()) {
      return reason;
    }
    if (!GLOBAL_V6.contains(bytes)) {
      return Optional.of("a reserved address");
    }
    // ISATAP, RFC 5214: 0000:5efe or 0200:5efe, then an IPv4 address.
    boolean isatap =
        (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && (bytes[11] & 0xff) == 0xfe;
    return isatap ? embedded(bytes, 12) : Optional.empty();
  }

  private Optional<String> embedded(byte[] bytes, int at) {
    byte[] inner = Arrays.copyOfRange(bytes, at, at + 4);
    if (allowedBlocks.stream().anyMatch(block -> block.contains(inner))) {
      return Optional.empty();
    }
    return reason(REFUSED_V4, inner);
  }

  private static boolean isZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> reason(Map<AddressBlock, String> blocks, byte[] bytes) {
    return blocks.entrySet().stream()
        .filter(entry -> entry.getKey().contains(bytes))
        .map(entry -> entry.getValue() + " address")
        .findFirst();
  }

  private static Map<AddressBlock, String> blocks(String... blocksAndKinds) {
    Map<AddressBlock, String> blocks = new LinkedHashMap<>();
    for (int i = 0; i < blocksAndKinds.length; i += 2) {
      blocks.put(AddressBlock.parse("block", blocksAndKinds[i]), blocksAndKinds[i + 1]);
    }
    return blocks;
  }
}
