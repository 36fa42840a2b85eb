package io.thalweg.messaging.xmpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StanzaReaderTest {
  private static final int MAX_BYTES = 8 << 10;
  private static final String HEAD =
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
          + " xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>";

  /** Keeps what was read. */
  private static final class Read implements StanzaReader.Sink {
    final List<Element> stanzas = new ArrayList<>();
    boolean opened;
    boolean closed;

    @Override
    public void opened(Element stream) {
      opened = stream.is("stream", Names.STREAMS);
    }

    @Override
    public void stanza(Element stanza) {
      stanzas.add(stanza);
    }

    @Override
    public void closed() {
      closed = true;
    }

    @Override
    public boolean readsOn() {
      return true;
    }
  }

  private static Read read(String xml) throws StreamError {
    Read read = new Read();
    StanzaReader reader = new StanzaReader(MAX_BYTES);
    reader.take(xml.getBytes(StandardCharsets.UTF_8));
    reader.read(read);
    return read;
  }

  private static void refused(String condition, String xml) {
    assertThatExceptionOfType(StreamError.class)
        .isThrownBy(() -> read(HEAD + xml))
        .satisfies(error -> assertThat(error.condition()).isEqualTo(condition));
  }

  @Test
  void stanzasAreTheSameHoweverTheirBytesAreCut() throws StreamError {
    StringBuilder xml = new StringBuilder(HEAD);
    for (int i = 0; i < 60; i++) {
      xml.append(
          "<message id='%d' to='bo@localhost' type=\"chat\"><body>&lt;n\u00e9 \ud83d\ude00 &#x41; %d<![CDATA[<&]]></body>"
                  .formatted(i, i)
              + "<x xmlns='some:thing' a='&amp;'><y/>z</x></message>\n");
    }
    byte[] bytes = (xml + "</stream:stream>").getBytes(StandardCharsets.UTF_8);
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      Read read = new Read();
      StanzaReader reader = new StanzaReader(MAX_BYTES);
      int most = 1 << random.nextInt(1, 12);
      for (int at = 0; at < bytes.length; ) {
        int end = Math.min(bytes.length, at + 1 + random.nextInt(most));
        reader.take(Arrays.copyOfRange(bytes, at, end));
        reader.read(read);
        at = end;
      }
      assertThat(read.opened && read.closed).as("seed %s", seed).isTrue();
      assertThat(read.stanzas).as("seed %s", seed).hasSize(60);
      for (int i = 0; i < 60; i++) {
        assertThat(read.stanzas.get(i).xml())
            .isEqualTo(
                "<message id='%d' to='bo@localhost' type='chat'><body>&lt;n\u00e9 \ud83d\ude00 A %d&lt;&amp;</body>"
                        .formatted(i, i)
                    + "<x xmlns='some:thing' a='&amp;'><y/>z</x></message>");
      }
    }
  }

  @Test
  void whatXmppLeavesOutOfXmlEndsTheStream() {
    refused("restricted-xml", "<message><!-- hidden --></message>");
    refused("restricted-xml", "<message><?php ?></message>");
    refused("restricted-xml", "<message><body>&unknown;</body></message>");
    refused("not-well-formed", "<message></presence>");
    refused("not-well-formed", "<message a='1' a='2'/>");
    refused("not-well-formed", "<message>\u0001</message>");
    refused("bad-format", "words");
    assertThatExceptionOfType(StreamError.class)
        .isThrownBy(() -> read("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>" + HEAD));
  }

  @Test
  void aStanzaIsBoundedInBytesDepthAttributesAndNames() {
    refused("policy-violation", "<message><body>" + "a".repeat(MAX_BYTES + 4_096));
    refused("policy-violation", "<message " + "a".repeat(MAX_BYTES + 4_096));
    refused("policy-violation", "<a>".repeat(33));
    StringBuilder attributes = new StringBuilder("<message ");
    for (int i = 0; i < 33; i++) {
      attributes.append("a").append(i).append("='' ");
    }
    refused("policy-violation", attributes + "/>");
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < 2_100; i++) {
      names.append("<a").append(i).append("/>");
    }
    assertThatExceptionOfType(StreamError.class)
        .isThrownBy(() -> {
          Read read = new Read();
          StanzaReader reader = new StanzaReader(64 << 10);
          reader.take((HEAD + names).getBytes(StandardCharsets.UTF_8));
          reader.read(read);
        });
  }

  @Test
  void bytesOfStrangersEndTheStreamAndNothingElse() {
    Random random = new Random(7);
    byte[] sound =
        (HEAD + "<message to='a@b'><body>t&amp;</body><x xmlns='y'/></message></stream:stream>")
            .getBytes(StandardCharsets.UTF_8);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = sound.clone();
      for (int changes = random.nextInt(1, 6); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      int cut = random.nextInt(bytes.length);
      assertThatNoException()
          .isThrownBy(() -> {
            try {
              StanzaReader reader = new StanzaReader(MAX_BYTES);
              reader.take(Arrays.copyOf(bytes, cut));
              reader.read(new Read());
              reader.take(Arrays.copyOfRange(bytes, cut, bytes.length));
              reader.read(new Read());
            } catch (StreamError refused) {
              // As it should.
            }
          });
    }
  }
}
