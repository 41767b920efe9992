package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.runtime.config.TrustedCertificates;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.util.Timeout;

/**
 * The HTTP client as it is used here: HTTP/1.1 (a broken body is then one broken connection),
 * redirects and retries left to {@link RegistryTransport}, no proxy, every wait bounded. It is not
 * the JDK's because that one resolves names itself, after and apart from our check.
 */
final class Http {
  private static final String USER_AGENT = "oci2wasm";

  /** Enough for whatever limits a registry has; {@link HostLimits} bounds what is used. */
  private static final int MAX_CONNECTIONS = 256;

  private final CloseableHttpClient anywhere;
  private final CloseableHttpClient publicOnly;
  private final Duration readTimeout;

  Http(RegistryAccess access, Resolver resolver) {
    SSLContext tls = TrustedCertificates.with(access.caFile());
    anywhere = client(access, resolver.forClient(false), tls);
    publicOnly = client(access, resolver.forClient(true), tls);
    readTimeout = access.readTimeout();
  }

  private static CloseableHttpClient client(
      RegistryAccess access, DnsResolver resolver, SSLContext tls) {
    Timeout read = Timeout.of(access.readTimeout());
    Timeout connect = Timeout.of(access.connectTimeout());
    return HttpClientBuilder.create()
        .setConnectionManager(
            new InterruptibleConnections()
                .setDnsResolver(resolver)
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                .setMaxConnTotal(MAX_CONNECTIONS)
                .setMaxConnPerRoute(MAX_CONNECTIONS)
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom()
                        .setConnectTimeout(connect)
                        .setSocketTimeout(read)
                        .build())
                .build())
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setResponseTimeout(read)
                .setConnectionRequestTimeout(connect)
                .build())
        .setUserAgent(USER_AGENT)
        .disableRedirectHandling()
        .disableAutomaticRetries()
        // Digests are of the bytes as they are stored.
        .disableContentCompression()
        .disableCookieManagement()
        .disableAuthCaching()
        .build();
  }

  /**
   * Sends {@code request}; the caller closes the answer.
   *
   * @param named whether internal addresses are meant
   * @throws InternalAddressException if the host has an internal address that is not
   */
  HttpAnswer send(HttpUriRequestBase request, boolean named) throws IOException {
    StallWatch watch = StallWatch.start(readTimeout, request::cancel);
    try (watch) {
      HttpEntity content = request.getEntity();
      if (content != null) {
        request.setEntity(new MeteredEntity(content, bytes -> watch.moved()));
      }
      return new HttpAnswer((named ? anywhere : publicOnly).executeOpen(null, request, null));
    } catch (IOException e) {
      if (watch.expired()) {
        throw new SocketTimeoutException("no answer for " + readTimeout.toSeconds() + " s");
      }
      throw e;
    }
  }

  /**
   * Connections on channels: a thread that is told to stop while it waits for one gives up, where
   * plain sockets would let it wait.
   */
  private static final class InterruptibleConnections
      extends PoolingHttpClientConnectionManagerBuilder {
    @Override
    protected HttpClientConnectionOperator createConnectionOperator(
        SchemePortResolver ports, DnsResolver resolver, TlsSocketStrategy tls) {
      return new DefaultHttpClientConnectionOperator(
          proxy -> SocketChannel.open().socket(),
          ports,
          resolver,
          RegistryBuilder.<TlsSocketStrategy>create().register(URIScheme.HTTPS.id, tls).build());
    }
  }
}
