package io.oci2wasm.gateway.identity.oidc;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;

/** An issuer's public keys, a JWK set (RFC 7517, section 5), from a file or from a URL. */
public final class IssuerKeys {
  private static final int TIMEOUT_MS = 5_000;
  private static final int MAX_BYTES = 1 << 20;
  private static final Duration OUTAGE = Duration.ofHours(4);

  private IssuerKeys() {}

  /**
   * The keys in {@code file}.
   *
   * @throws ConfigException if it holds no JWK set
   */
  public static JWKSource<SecurityContext> fromFile(Path file) {
    try {
      return new ImmutableJWKSet<>(JWKSet.load(file.toFile()));
    } catch (IOException | ParseException e) {
      throw new ConfigException(
          "keys file " + file + ": found no JWK set (" + e.getMessage() + "), expected one", e);
    }
  }

  /**
   * The keys at {@code url}, fetched when a token needs them, kept, and fetched again when a token
   * names one that is new (at most twice a minute). Only the host in {@code url} is contacted.
   *
   * @throws ConfigException if it is no URL
   */
  public static JWKSource<SecurityContext> fromUrl(URI url) {
    try {
      return JWKSourceBuilder.create(url.toURL(), new WithoutRedirects())
          .retrying(true)
          .outageTolerant(OUTAGE.toMillis())
          .build();
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException("keysUrl: found " + url + ", expected an https URL", e);
    }
  }

  /** A redirect would let the issuer's server, or who answers for it, choose whom we contact. */
  private static final class WithoutRedirects extends DefaultResourceRetriever {
    WithoutRedirects() {
      super(TIMEOUT_MS, TIMEOUT_MS, MAX_BYTES);
    }

    @Override
    protected HttpURLConnection openHTTPConnection(URL url) throws IOException {
      HttpURLConnection connection = super.openHTTPConnection(url);
      connection.setInstanceFollowRedirects(false);
      return connection;
    }
  }
}
