package io.oci2wasm.gateway.webhook;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tokens that Google's Pub/Sub must present. */
public record GoogleConfig(
    @ConfigKey(meaning = "The audience that the subscription has.") @Nullable String audience,
    @ConfigKey(meaning = "E-mail address of the subscription's service account.")
        @Nullable String account,
    @ConfigKey(meaning = "Who signs the tokens.", byDefault = "https://accounts.google.com")
        String issuer,
    @ConfigKey(meaning = "File with the issuer's keys (a JWK set).") @Nullable Path keysFile,
    @ConfigKey(
            meaning =
                "Where to fetch the issuer's keys (a JWK set). No other host is contacted. "
                    + "keysFile overrides it.",
            byDefault = "https://www.googleapis.com/oauth2/v3/certs")
        URI keysUrl) {
  public static final GoogleConfig DEFAULT = ConfigFile.defaults(GoogleConfig.class);

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
