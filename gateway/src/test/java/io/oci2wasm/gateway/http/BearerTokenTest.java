package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class BearerTokenTest {
  @TempDir private Path directory;
  private BearerToken token;

  @BeforeEach
  void set() throws IOException {
    token = BearerToken.fromFile(Files.writeString(directory.resolve("secret"), "correct\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer correct", "bearer correct", "BEARER  correct", "Bearer correct "})
  void shouldAdmitTheSecret(String header) {
    assertThat(token.admits(header)).isTrue();
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "correct",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer Correct",
        "Bearer correc",
        "Bearer correctt",
        "Bearer correct correct",
        "Basic correct",
        "XBearer correct"
      })
  void shouldRefuseEverythingElse(String header) {
    assertThat(token.admits(header)).isFalse();
  }

  @Test
  void shouldAdmitEveryoneWhereNoSecretIsConfigured() {
    assertThat(BearerToken.fromFile(null).admits(null)).isTrue();
  }
}
