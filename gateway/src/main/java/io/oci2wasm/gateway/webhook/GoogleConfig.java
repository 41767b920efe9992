package io.oci2wasm.gateway.webhook;

import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that Google's Pub/Sub must present.
 *
 * @param audience as the subscription has it
 * @param account e-mail address of the service account that the subscription pushes as
 * @param keysFile the issuer's keys (a JWK set); wins over {@code keysUrl}
 * @param keysUrl where the issuer publishes them; no other host is contacted
 */
public record GoogleConfig(
    @Nullable String audience,
    @Nullable String account,
    String issuer,
    @Nullable Path keysFile,
    URI keysUrl) {
  public static final GoogleConfig DEFAULT =
      new GoogleConfig(
          null,
          null,
          "https://accounts.google.com",
          null,
          URI.create("https://www.googleapis.com/oauth2/v3/certs"));

  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  public GoogleConfig {
    if ((audience == null) != (account == null)) {
      throw new IllegalArgumentException(
          "audience and account: found one, expected both or none: Google signs tokens for any"
              + " audience, the account tells who asked for it");
    }
    boolean plain = "http".equals(keysUrl.getScheme());
    if (keysUrl.getHost() == null
        || !(plain ? LOOPBACK.contains(keysUrl.getHost()) : "https".equals(keysUrl.getScheme()))) {
      throw new IllegalArgumentException(
          "keysUrl: found " + keysUrl + ", expected an https URL (http on loopback only)");
    }
  }
}
