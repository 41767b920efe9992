package io.oci2wasm.gateway.identity.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.Role;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.ConfigFile;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whose tokens count, and as what. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class OidcProviderTest {
  private static final URI DASHBOARD = URI.create("http://127.0.0.1:8080/");

  private TestProvider standIn;
  private OidcProvider provider;

  @BeforeEach
  void start() throws IOException {
    standIn = new TestProvider();
    provider = new OidcProvider(standIn.config(DASHBOARD), Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    standIn.close();
  }

  @Test
  void shouldGiveTheHighestOfACallersRoles() throws Exception {
    assertThat(provider.caller(standIn.token(claims -> claims)))
        .isEqualTo(new Caller("alice@team.example", Role.ADMIN));
    assertThat(provider.caller(standIn.token(claims -> claims.claim("groups", "everyone"))))
        .isEqualTo(new Caller("alice@team.example", Role.VIEWER));
  }

  @Test
  void shouldTakeAccessTokensOfMachines() throws Exception {
    String token = standIn.token(claims -> claims.audience(List.of("other", "machines")));

    assertThat(provider.caller(token).role()).isEqualTo(Role.ADMIN);
    assertThat(provider.caller(standIn.token(new JOSEObjectType("at+jwt"))).role())
        .isEqualTo(Role.ADMIN);
  }

  @Test
  void shouldFindRolesAndNamesInsideOfObjects() throws Exception {
    OidcConfig config =
        ConfigFile.with(
            ConfigFile.with(standIn.config(DASHBOARD), "roleClaim", "realm_access.roles"),
            "nameClaim",
            "who.login");
    String token =
        standIn.token(
            claims ->
                claims
                    .claim("realm_access", Map.of("roles", List.of("platform")))
                    .claim("who", Map.of("login", "robot")));

    assertThat(new OidcProvider(config, Clock.systemUTC()).caller(token))
        .isEqualTo(new Caller("robot", Role.ADMIN));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        refused("another audience", claims -> claims.audience("other")),
        refused("another issuer", claims -> claims.issuer("https://other.example")),
        refused(
            "expired", claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(120)))),
        refused("no end", claims -> claims.expirationTime(null)),
        refused("no subject", claims -> claims.subject(null)),
        refused("no role", claims -> claims.claim("groups", List.of("strangers"))),
        refused("no groups", claims -> claims.claim("groups", null)),
        refused("numbers as groups", claims -> claims.claim("groups", List.of(1, 2))),
        refused("no name", claims -> claims.claim("email", null)),
        refused("an unverified name", claims -> claims.claim("email_verified", false)),
        refused("the same as a text", claims -> claims.claim("email_verified", "false")),
        refused("a name of two lines", claims -> claims.claim("email", "a\nb")),
        refused("an object as a name", claims -> claims.claim("email", Map.of("a", "b"))));
  }

  private static Arguments refused(String what, UnaryOperator<JWTClaimsSet.Builder> change) {
    return Arguments.of(what, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void shouldRefuse(String what, UnaryOperator<JWTClaimsSet.Builder> change) {
    String token = standIn.token(change);

    assertThatThrownBy(() -> provider.caller(token)).as(what).isInstanceOf(RefusedException.class);
  }

  @Test
  void shouldGiveARoleByAVerifiedAddressAlone() throws Exception {
    OidcConfig config =
        ConfigFile.with(
            ConfigFile.with(
                ConfigFile.with(standIn.config(DASHBOARD), "roleClaim", "email"),
                "roles",
                Map.of("alice@team.example", "admin")),
            "nameClaim",
            "sub");
    OidcProvider byAddress = new OidcProvider(config, Clock.systemUTC());

    assertThat(byAddress.caller(standIn.token(claims -> claims)))
        .isEqualTo(new Caller("4711", Role.ADMIN));
    for (Object not : new Object[] {false, "false", null}) {
      String token = standIn.token(claims -> claims.claim("email_verified", not));
      assertThatThrownBy(() -> byAddress.caller(token))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("has not verified");
    }
  }

  @Test
  void shouldSayWhoHasNoRole() {
    String token = standIn.token(claims -> claims.claim("groups", List.of("strangers")));

    assertThatThrownBy(() -> provider.caller(token))
        .hasMessage(
            "found alice@team.example, whose claim groups has none of the values in"
                + " gateway.oidc.roles");
  }

  @Test
  void shouldRefuseOtherSignaturesAndTypes() throws Exception {
    JWTClaimsSet claims = SignedJWT.parse(standIn.token(same -> same)).getJWTClaimsSet();
    SignedJWT hmac = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    hmac.sign(new MACSigner(new byte[32]));
    try (TestProvider other = new TestProvider()) {
      for (String token :
          List.of(
              new PlainJWT(claims).serialize(),
              hmac.serialize(),
              other.token(same -> same.issuer(standIn.issuer().toString())),
              standIn.token(new JOSEObjectType("logout+jwt")))) {
        assertThatThrownBy(() -> provider.caller(token)).isInstanceOf(RefusedException.class);
      }
    }
  }

  @Test
  void shouldNotAskAProviderThatIsAwayForEachToken() {
    String token = standIn.token(claims -> claims);
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    OidcProvider absent =
        new OidcProvider(
            ConfigFile.with(
                standIn.config(DASHBOARD), "issuer", URI.create(standIn.issuer() + "/other")),
            Clock.fixed(now, ZoneOffset.UTC));

    assertThatThrownBy(() -> absent.caller(token))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("does not tell of itself");
    assertThatThrownBy(() -> absent.caller(token))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("did not answer");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        " | roles: found none, expected one or more",
        "root | role: found \"root\", expected viewer, operator or admin",
      })
  void shouldRefuseRolesThatAreNone(@Nullable String role, String message) {
    Map<String, String> roles = role == null ? Map.of() : Map.of("platform", role);
    OidcConfig config = ConfigFile.with(standIn.config(DASHBOARD), "roles", roles);

    assertThatThrownBy(() -> new OidcProvider(config, Clock.systemUTC()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldAskOnce() throws Exception {
    assertThat(standIn.asked()).isZero();

    provider.caller(standIn.token(claims -> claims));
    provider.caller(standIn.token(claims -> claims));

    assertThat(standIn.asked()).isEqualTo(1);
  }
}
