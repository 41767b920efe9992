package io.oci2wasm.converter.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImageConfig.Execution;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LaunchDescriptionTest {
  private static final Sha256Digest CONFIG = Sha256Digest.of(new byte[0]);

  private static String described(Execution execution) throws RejectedException {
    return new String(LaunchDescription.of(execution, CONFIG), StandardCharsets.UTF_8)
        .replace('\0', '\n');
  }

  @Test
  void shouldWriteEveryMemberInTheOrderOfTheConfig() throws Exception {
    // Given
    Execution execution =
        new Execution(
            "app:1000",
            List.of("PATH=/usr/bin:/bin", "GREETING=höi\nyou", "EMPTY="),
            List.of("/entry", ""),
            List.of("-c", "a=b"),
            "/srv",
            "SIGINT",
            Map.of("/var/data", Map.of(), "/cache", Map.of()),
            Map.of("80/tcp", Map.of(), "443/tcp", Map.of()));

    // When
    String description = described(execution);

    // Then
    assertThat(description)
        .isEqualTo(
            """
            oci2wasm-launch=1
            entrypoint=/entry
            entrypoint=
            cmd=-c
            cmd=a=b
            env=PATH=/usr/bin:/bin
            env=GREETING=höi
            you
            env=EMPTY=
            workdir=/srv
            user=app:1000
            stopsignal=SIGINT
            volume=/cache
            volume=/var/data
            expose=443/tcp
            expose=80/tcp
            """);
  }

  @Test
  void shouldLeaveOutWhatTheConfigDoesNotSay() throws Exception {
    // Given
    Execution execution =
        new Execution("", List.of(), List.of(), List.of("sh"), "", "", Map.of(), Map.of());

    // When
    String description = described(execution);

    // Then
    assertThat(description).isEqualTo("oci2wasm-launch=1\ncmd=sh\n");
  }

  @Test
  void shouldRejectNulThatWouldForgeARecord() {
    // Given
    Execution execution =
        new Execution(
            "", List.of("A=1\0user=root"), List.of(), List.of(), "", "", Map.of(), Map.of());

    // When, Then
    assertThatThrownBy(() -> described(execution))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MANIFEST_INVALID))
        .hasMessageContaining("image config " + CONFIG)
        .hasMessageContaining("env: found a NUL")
        .hasMessageContaining("correct the image's config");
  }
}
