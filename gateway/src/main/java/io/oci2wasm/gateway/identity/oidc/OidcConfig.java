package io.oci2wasm.gateway.identity.oidc;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The OpenID provider whose users and machines may call the API. */
public record OidcConfig(
    @ConfigKey(
            meaning =
                "The provider's issuer, as its tokens have it. Its "
                    + "/.well-known/openid-configuration tells the rest. Without an issuer there is "
                    + "no single sign-on.")
        @Nullable URI issuer,
    @ConfigKey(meaning = "How the provider calls this gateway.") @Nullable String clientId,
    @ConfigKey(
            meaning =
                "The client's secret. Without one it is a public client. PKCE is used either way.")
        @Nullable Path clientSecretFile,
    @ConfigKey(
            meaning =
                "Where browsers reach the dashboard. The provider must know "
                    + "URL/api/v1/session/oidc/callback as a redirect URI.")
        @Nullable URI url,
    @ConfigKey(
            meaning =
                "Another audience to accept: that of machines' access tokens, if they are JWTs.")
        @Nullable String audience,
    @ConfigKey(
            meaning = "What the dashboard's button calls the provider.",
            byDefault = "single sign-on")
        String name,
    @ConfigKey(
            meaning = "What to ask the provider for, beside openid.",
            byDefault = "[profile, email]")
        List<String> scopes,
    @ConfigKey(
            meaning =
                "The claim that names a caller in the audit log. A member of an object is written "
                    + "with a dot.",
            byDefault = "email")
        String nameClaim,
    @ConfigKey(
            meaning =
                "The claim that `roles` speaks of: a text, or a list of them. Keycloak has "
                    + "realm_access.roles.",
            byDefault = "groups")
        String roleClaim,
    @ConfigKey(
            meaning =
                "Which value of that claim gives which role. Of several the highest counts, and "
                    + "who has none is not let in. E.g. {platform-team: admin, everyone: viewer}.",
            byDefault = "{}")
        Map<String, String> roles) {
  public static final OidcConfig DEFAULT = ConfigFile.defaults(OidcConfig.class);

  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  public OidcConfig {
    scopes = List.copyOf(scopes);
    roles = Map.copyOf(roles);
    if (issuer != null) {
      requireWeb("issuer", issuer);
      requireWeb("url", required("url", url));
      required("clientId", clientId);
    }
  }

  private static <T> T required(String key, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(key + ": found none beside issuer, expected one");
    }
    return value;
  }

  /** Tokens and codes must not be read on their way. */
  private static void requireWeb(String key, URI url) {
    boolean plain = "http".equals(url.getScheme());
    if (url.getHost() == null
        || !(plain ? LOOPBACK.contains(url.getHost()) : "https".equals(url.getScheme()))
        || url.getRawQuery() != null
        || url.getRawFragment() != null) {
      throw new IllegalArgumentException(
          key + ": found " + url + ", expected an https URL (http on loopback only)");
    }
  }
}
