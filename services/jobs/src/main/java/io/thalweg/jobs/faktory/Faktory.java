package io.thalweg.jobs.faktory;

import io.netty.channel.Channel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.thalweg.edge.Edge;
import io.thalweg.edge.SocketProtocol;
import org.jspecify.annotations.Nullable;

/**
 * The Faktory work protocol, version 2, so that its clients push and run jobs as they are.
 *
 * <p>Its clients prove themselves with a hash of a password and a salt, from which nobody can tell
 * an API key. So there is one password, an API key: all who know it are that key's principal.
 *
 * <p>Thread-safe. Connections share the leases, since a client reports by any of its connections.
 */
public final class Faktory implements SocketProtocol {
  private final Leases leases = new Leases();
  private final @Nullable String password;

  /**
   * The protocol with a password.
   *
   * @param apiKey whose hash clients have to know, and as whom they act; null: they are nobody in
   *     particular, as on every other port without credentials
   */
  public Faktory(@Nullable String apiKey) {
    password = apiKey;
  }

  @Override
  public String name() {
    return "faktory";
  }

  @Override
  public void attach(Channel channel, Edge edge) {
    channel
        .pipeline()
        .addLast(new LineBasedFrameDecoder(edge.bounds().maxMessageBytes(), true, true))
        .addLast(new FaktoryConnection(channel, edge, leases, password));
  }
}
