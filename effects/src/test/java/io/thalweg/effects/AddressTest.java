package io.thalweg.effects;

import static io.thalweg.effects.Calls.SHORT_MS;
import static io.thalweg.effects.Calls.answer;
import static io.thalweg.effects.Calls.failure;
import static io.thalweg.effects.Calls.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses are called, however they are spelled and wherever they come from. */
class AddressTest {
  private static final RawServer.Script OK =
      socket -> {
        while (!RawServer.readHead(socket).isEmpty()) {
          RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      };

  private static InetAddress[] addresses(String... literals) {
    return List.of(literals).stream().map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001::1",
        "2001:db8::1",
        "100::1",
        "3fff::1",
        "4000::1",
        "2600::5efe:10.0.0.1",
        "2600::200:5efe:127.0.0.1"
      })
  void anAddressThatIsNotPublicIsRefused(String literal) {
    AddressRules rules = new AddressRules(EffectOptions.defaults());

    assertThat(rules.refusal(InetAddress.ofLiteral(literal))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "10.0.0.1", "169.254.169.254"})
  void anIpv4AddressInsideAnIpv6OneIsRefused(String inner) throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    System.arraycopy(InetAddress.ofLiteral(inner).getAddress(), 0, mapped, 12, 4);
    InetAddress address = java.net.Inet6Address.getByAddress("x", mapped, -1);

    assertThat(address.getAddress()).hasSize(16);
    assertThat(new AddressRules(EffectOptions.defaults()).refusal(address)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "64:ff9b::1.1.1.1",
        "2001:4860::8888"
      })
  void aPublicAddressIsAllowed(String literal) {
    AddressRules rules = new AddressRules(EffectOptions.defaults());

    assertThat(rules.refusal(InetAddress.ofLiteral(literal))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "017700000001",
        "0177.0.0.1",
        "0x7f.0x0.0x0.0x1",
        "0",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::7f00:1]",
        "[fe80::1%25lo]",
        "[fe80::1%lo]",
        "[::1%lo]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "1.2.3.4.5",
        "127.0.0.256",
        "0x100000000",
        "127.0.0.0x",
        "09.1.1.1"
      })
  void noSpellingOfAnAddressGetsRound(String host) throws IOException {
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects =
            Calls.start(
                EffectOptions.defaults(),
                name -> {
                  throw new AssertionError("looked up " + name);
                })) {
      Failed failed = failure(effects, get("http://" + host + ":" + raw.port() + "/"));

      assertThat(failed.kind()).isEqualTo(Kind.REFUSED_ADDRESS);
      assertThat(failed.retryable()).isFalse();
      assertThat(raw.accepted).hasValue(0);
    }
  }

  @Test
  void anAllowedAddressIsCalledInAnySpelling() throws IOException {
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects = Calls.start(Calls.loopback())) {
      for (String host : List.of("127.0.0.1", "2130706433", "0177.1", "[::ffff:127.0.0.1]")) {
        String url = "http://" + host + ":" + raw.port() + "/";
        assertThat(answer(effects, get(url)).succeeded()).isTrue();
      }
    }
  }

  @Test
  void aNameThatLeadsToAPrivateAddressIsRefused() throws IOException {
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects =
            Calls.start(EffectOptions.defaults(), name -> addresses("1.1.1.1", "127.0.0.1"))) {
      Failed failed = failure(effects, get("http://inside.example:" + raw.port() + "/"));

      assertThat(failed.kind()).isEqualTo(Kind.REFUSED_ADDRESS);
      assertThat(failed.text())
          .isEqualTo("inside.example leads to a loopback address, which may not be called");
      assertThat(raw.accepted).hasValue(0);
    }
  }

  @Test
  void localhostIsRefused() throws IOException {
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects = Calls.start(EffectOptions.defaults())) {
      Failed failed = failure(effects, get("http://localhost:" + raw.port() + "/"));

      assertThat(failed.kind()).isEqualTo(Kind.REFUSED_ADDRESS);
      assertThat(raw.accepted).hasValue(0);
    }
  }

  @Test
  void aNameThatChangesAfterTheCheckIsCalledWhereItWasChecked() throws IOException {
    AtomicInteger lookups = new AtomicInteger();
    EffectOptions options =
        EffectOptions.defaults().withAllowed(List.of("127.0.0.1/32"), Set.of(), Set.of());
    try (RawServer checked = new RawServer(InetAddress.ofLiteral("127.0.0.1"), 0, OK);
        RawServer other = new RawServer(InetAddress.ofLiteral("127.0.0.2"), checked.port(), OK);
        HttpEffects effects =
            Calls.start(
                options,
                name -> addresses(lookups.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2"))) {
      String url = "http://moving.example:" + checked.port() + "/";

      assertThat(answer(effects, get(url)).succeeded()).isTrue();
      assertThat(lookups).as("asked once a call").hasValue(1);
      assertThat(checked.accepted).hasValue(1);

      assertThat(failure(effects, get(url)).kind()).isEqualTo(Kind.REFUSED_ADDRESS);
      assertThat(other.accepted).hasValue(0);
    }
  }

  @Test
  void aConnectionToAnAddressThatTheNameNoLongerHasIsNotUsedAgain() throws IOException {
    AtomicInteger lookups = new AtomicInteger();
    try (RawServer old = new RawServer(InetAddress.ofLiteral("127.0.0.1"), 0, OK);
        RawServer present = new RawServer(InetAddress.ofLiteral("127.0.0.2"), old.port(), OK);
        HttpEffects effects =
            Calls.start(
                Calls.loopback(),
                name -> addresses(lookups.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2"))) {
      String url = "http://moving.example:" + old.port() + "/";

      answer(effects, get(url));
      answer(effects, get(url));

      assertThat(old.accepted).hasValue(1);
      assertThat(present.accepted).hasValue(1);
    }
  }

  @Test
  void theNextAddressOfANameIsTriedWhenOneDoesNotConnect() throws IOException {
    try (RawServer raw = new RawServer(InetAddress.ofLiteral("127.0.0.1"), 0, OK);
        HttpEffects effects =
            Calls.start(Calls.loopback(), name -> addresses("127.0.0.3", "127.0.0.1"))) {
      assertThat(answer(effects, get("http://two.example:" + raw.port() + "/")).succeeded())
          .isTrue();
    }
  }

  @Test
  void anAllowedHostMayLeadAnywhere() throws IOException {
    EffectOptions options =
        EffectOptions.defaults().withAllowed(List.of(), Set.of("Dev.Example"), Set.of());
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects = Calls.start(options, name -> addresses("127.0.0.1"))) {
      String path = ":" + raw.port() + "/";
      assertThat(answer(effects, get("http://dev.example" + path)).succeeded()).isTrue();
      assertThat(failure(effects, get("http://x.dev.example" + path)).kind())
          .isEqualTo(Kind.REFUSED_ADDRESS);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 22, 25, 79, 81, 442, 444, 1023})
  void aPortOfAnotherProtocolIsRefused(int port) throws IOException {
    try (HttpEffects effects = Calls.start(Calls.loopback())) {
      Failed failed = failure(effects, get("http://127.0.0.1:" + port + "/"));

      assertThat(failed.kind()).isEqualTo(Kind.REFUSED_ADDRESS);
    }
    EffectOptions options = EffectOptions.defaults().withAllowed(List.of(), Set.of(), Set.of(port));
    assertThat(new AddressRules(options).allowsPort(port)).isTrue();
  }

  @Test
  void anUnknownNameIsRetryable() {
    try (HttpEffects effects =
        Calls.start(
            Calls.loopback(),
            name -> {
              throw new UnknownHostException(name);
            })) {
      Failed failed = failure(effects, get("http://nowhere.example/", SHORT_MS * 100));

      assertThat(failed.kind()).isEqualTo(Kind.DNS);
      assertThat(failed.retryable()).isTrue();
    }
  }

  @Test
  void aBadOptionIsRefusedNamingIt() {
    for (String bad :
        List.of("10.0.0.0/33", "10.0.0.0/x", "example.com", "", "::1/129", "10/8/8")) {
      assertThatThrownBy(
              () -> EffectOptions.defaults().withAllowed(List.of(bad), Set.of(), Set.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("allowedNetworks must be an address block");
    }
    for (String bad : List.of("http://x", "x:80", "x/y", "a b", "")) {
      assertThatThrownBy(
              () -> EffectOptions.defaults().withAllowed(List.of(), Set.of(bad), Set.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("allowedHosts must be a host name");
    }
  }
}
