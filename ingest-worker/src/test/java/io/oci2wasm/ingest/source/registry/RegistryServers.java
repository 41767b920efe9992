package io.oci2wasm.ingest.source.registry;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.testsupport.TestCertificate;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A registry and another host, both on this machine, and clients that record their waiting. */
final class RegistryServers implements AutoCloseable {
  static final String REPOSITORY = "team/app";

  final WireMockServer registry = start();
  final WireMockServer other = start();
  final List<Duration> waits = new CopyOnWriteArrayList<>();

  private static WireMockServer start() {
    WireMockServer server =
        new WireMockServer(WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());
    server.start();
    return server;
  }

  /** One that speaks TLS, and is the caller's to stop. */
  static WireMockServer secure(TestCertificate certificate) {
    WireMockServer server =
        new WireMockServer(
            WireMockConfiguration.options()
                .bindAddress("127.0.0.1")
                .dynamicPort()
                .dynamicHttpsPort()
                .keystorePath(certificate.keyStore().toString())
                .keystorePassword(TestCertificate.PASSWORD)
                .keyManagerPassword(TestCertificate.PASSWORD)
                .keystoreType("PKCS12"));
    server.start();
    return server;
  }

  String host() {
    return "127.0.0.1:" + registry.port();
  }

  /** Another name than the registry's, so that it counts as another host. */
  String otherHost() {
    return "localhost:" + other.port();
  }

  ImageReference tagged(String tag) {
    return ImageReference.parse(host() + "/" + REPOSITORY + ":" + tag);
  }

  static String manifestPath(String reference) {
    return "/v2/" + REPOSITORY + "/manifests/" + reference;
  }

  static String blobPath(Sha256Digest digest) {
    return "/v2/" + REPOSITORY + "/blobs/" + digest;
  }

  /** A client that knows only the registry. */
  RegistryClient client() {
    return client(access(Set.of(host()), CredentialStore.NONE));
  }

  RegistryClient client(RegistryAccess access) {
    return client(access, InetAddress::getAllByName);
  }

  RegistryClient client(RegistryAccess access, Resolver resolver) {
    return client(access, resolver, ProxySelector.of(null));
  }

  RegistryClient client(RegistryAccess access, Resolver resolver, ProxySelector proxies) {
    Backoff backoff = new Backoff(Clock.systemUTC(), new Random(1), waits::add);
    return new RegistryClient(access, backoff, resolver, proxies, Clock.systemUTC());
  }

  static RegistryAccess access(Set<String> insecure, CredentialStore credentials) {
    return access(null, insecure, Set.of(), credentials);
  }

  static RegistryAccess access(
      @Nullable Set<String> allowed,
      Set<String> insecure,
      Set<String> trustedRealms,
      CredentialStore credentials) {
    return new RegistryAccess(
        allowed,
        insecure,
        trustedRealms,
        credentials,
        Duration.ofSeconds(5),
        RegistryTimeouts.of(Duration.ofSeconds(5), Duration.ofHours(1)),
        3,
        null,
        RegistryLimits.DEFAULT,
        Map.of());
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    registry.stop();
    other.stop();
  }
}
