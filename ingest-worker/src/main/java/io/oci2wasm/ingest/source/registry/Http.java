package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.runtime.config.TrustedCertificates;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/**
 * The HTTP client as it is used here: HTTP/1.1 (a broken body is then one broken connection),
 * redirects and retries left to {@link RegistryTransport}, every wait bounded. It is not the JDK's
 * because that one resolves names itself, after and apart from our check.
 */
final class Http {
  private static final String USER_AGENT = "oci2wasm";

  /** Noted of a request that gets as far as its host: a proxy's refusal looks like an answer. */
  private static final String REACHED = "oci2wasm.reached";

  /** Enough for whatever limits a registry has; {@link HostLimits} bounds what is used. */
  private static final int MAX_CONNECTIONS = 256;

  /**
   * For hosts that somebody named or a proxy connects to, and for all others, which it connects to
   * itself.
   */
  private record Clients(CloseableHttpClient anywhere, CloseableHttpClient publicOnly) {

    void close() {
      anywhere.close(CloseMode.IMMEDIATE);
      publicOnly.close(CloseMode.IMMEDIATE);
    }
  }

  private final RegistryAccess access;
  private final Resolver resolver;
  private final Proxies proxies;
  private volatile Clients clients;

  Http(RegistryAccess access, Resolver resolver, ProxySelector proxies) {
    this.access = access;
    this.resolver = resolver;
    this.proxies = new Proxies(proxies);
    clients = open();
  }

  private Clients open() {
    SSLContext tls = TrustedCertificates.with(access.caFile());
    return new Clients(
        client(access, resolver.forClient(false), tls).setRoutePlanner(proxies.planner()).build(),
        client(access, resolver.forClient(true), tls).build());
  }

  private static HttpClientBuilder client(
      RegistryAccess access, DnsResolver resolver, SSLContext tls) {
    Timeout read = Timeout.of(access.timeouts().silence());
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
        .addExecInterceptorBefore(
            ChainElement.MAIN_TRANSPORT.name(),
            REACHED,
            (request, scope, chain) -> {
              scope.clientContext.setAttribute(REACHED, true);
              return chain.proceed(request, scope);
            });
  }

  /**
   * Sends {@code request}; the caller closes the answer.
   *
   * @param registry on whose behalf, for its limits
   * @param named whether internal addresses are meant
   * @throws InternalAddressException if the host has an internal address that is not
   * @throws SlowRegistryException if what is sent is hardly taken
   */
  HttpAnswer send(HttpUriRequestBase request, String registry, boolean named) throws IOException {
    StallWatch watch =
        StallWatch.start(
            access.timeouts(), access.limits(registry).leastBytesPerSecond(), request::cancel);
    boolean answered = false;
    try {
      HttpEntity content = request.getEntity();
      if (content != null) {
        request.setEntity(new WatchedEntity(content, watch));
      }
      watch.awaitAnswer();
      HttpAnswer answer = execute(request, named);
      watch.rest();
      answered = true;
      return answer.withBody(new WatchedBody(answer.body(), watch));
    } catch (IOException e) {
      throw watch.verdictOr(e);
    } finally {
      if (!answered) {
        watch.close();
      }
    }
  }

  /** A client closes itself where an Error passes through it, and is of no use from then on. */
  private HttpAnswer execute(HttpUriRequestBase request, boolean named) throws IOException {
    Clients used = clients;
    try {
      CloseableHttpClient client = client(used, request, named);
      HttpClientContext context = HttpClientContext.create();
      ClassicHttpResponse response = client.executeOpen(null, request, context);
      if (context.getAttribute(REACHED) == null) {
        response.close();
        throw new IOException("HTTP " + response.getCode() + " from the proxy");
      }
      return new HttpAnswer(response, request::cancel);
    } catch (IllegalStateException e) {
      renew(used);
      throw new IOException("the connections were closed meanwhile", e);
    } catch (Error e) {
      renew(used);
      throw e;
    }
  }

  private CloseableHttpClient client(Clients used, HttpUriRequestBase request, boolean named)
      throws IOException {
    if (named) {
      return used.anywhere;
    }
    URI target = target(request);
    if (!proxies.leadTo(target)) {
      return used.publicOnly;
    }
    Proxies.check(target, resolver);
    return used.anywhere;
  }

  private static URI target(HttpUriRequestBase request) throws IOException {
    try {
      return request.getUri();
    } catch (URISyntaxException e) {
      throw new IOException("found an address that is none: " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very clients that broke
  private synchronized void renew(Clients broken) {
    if (clients == broken) {
      clients = open();
      broken.close();
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
