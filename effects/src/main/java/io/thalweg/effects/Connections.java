package io.thalweg.effects;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedSelectorException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.DefaultThreadFactory;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP client with everything turned off that would do more than one request to one address:
 * redirects, retries, cookies, authentication, decompression, proxies and names.
 */
final class Connections {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  /** Most headers of a response, and the longest line of it; over them the call fails. */
  static final int MAX_HEADERS = 128;

  static final int MAX_LINE_BYTES = 16 << 10;

  /**
   * Attribute of a call's context: an {@link AtomicBoolean} that is set once it has a connection.
   */
  static final String CONNECTED = "thalweg.connected";

  /** A connection is used for at most this long, and kept idle for half a minute. */
  private static final TimeValue TIME_TO_LIVE = TimeValue.ofMinutes(5);

  private static final TimeValue IDLE = TimeValue.ofSeconds(30);

  private Connections() {}

  /** A client that has been started. */
  static CloseableHttpAsyncClient open(EffectOptions options, SSLContext tls) {
    Timeout connectTimeout = Timeout.ofMilliseconds(options.connectTimeoutMs());
    CloseableHttpAsyncClient client =
        HttpAsyncClients.custom()
            .setConnectionManager(
                PoolingAsyncClientConnectionManagerBuilder.create()
                    .setDnsResolver(new NoNames())
                    .setTlsStrategy(
                        ClientTlsStrategyBuilder.create().setSslContext(tls).buildAsync())
                    .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.STRICT)
                    .setMaxConnTotal(options.maxConnections())
                    .setMaxConnPerRoute(options.maxConnectionsPerHost())
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(connectTimeout)
                            .setSocketTimeout(Timeout.DISABLED)
                            .setTimeToLive(TIME_TO_LIVE)
                            .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                            .build())
                    .setDefaultTlsConfig(
                        TlsConfig.custom()
                            .setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1)
                            .setHandshakeTimeout(connectTimeout)
                            .build())
                    .build())
            .setHttp1Config(
                Http1Config.custom()
                    .setMaxHeaderCount(MAX_HEADERS)
                    .setMaxLineLength(MAX_LINE_BYTES)
                    .build())
            .setIOReactorConfig(
                IOReactorConfig.custom()
                    .setTcpNoDelay(true)
                    // Times are looked at this often.
                    .setSelectInterval(TimeValue.ofMilliseconds(200))
                    .build())
            .setThreadFactory(new DefaultThreadFactory("effects-io", true))
            .setIoReactorExceptionCallback(Connections::ended)
            .setUserAgent("thalweg")
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .addExecInterceptorAfter(
                ChainElement.CONNECT.name(),
                CONNECTED,
                (request, body, scope, chain, callback) -> {
                  if (scope.clientContext.getAttribute(CONNECTED) instanceof AtomicBoolean flag) {
                    flag.set(true);
                  }
                  chain.proceed(request, body, scope, callback);
                })
            .evictExpiredConnections()
            .evictIdleConnections(IDLE)
            .build();
    client.start();
    return client;
  }

  /** An I/O thread ends; with this exception if it was closed while it waited. */
  private static void ended(Exception cause) {
    if (!(cause instanceof ClosedSelectorException)) {
      LOG.error("an I/O thread ended", cause);
    }
  }

  /** Calls go to addresses. Were a name ever looked up here, it would not have been checked. */
  private static final class NoNames implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      throw new UnknownHostException(host + " has not been checked");
    }

    @Override
    public String resolveCanonicalHostname(String host) throws UnknownHostException {
      throw new UnknownHostException(host + " has not been checked");
    }
  }
}
