package io.oci2wasm.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryNameTest {
  @ParameterizedTest
  @CsvSource({
    "Registry.Example, registry.example",
    "REGISTRY.example:5000, registry.example:5000",
    "registry.example:443, registry.example",
    "registry.example:0443, registry.example",
    "registry.example:05000, registry.example:5000",
    "registry.example:80, registry.example:80",
    "LocalHost:443, localhost",
    "registry:443, registry:443",
    "[2001:DB8::1]:443, [2001:db8::1]",
    "index.docker.io, docker.io",
    "Registry-1.Docker.IO:443, docker.io",
    "docker.io, docker.io",
  })
  void shouldWriteANameInOneWay(String text, String expected) {
    RegistryName name = new RegistryName(text);

    assertThat(name).hasToString(expected);
    assertThat(new RegistryName(name.text())).isEqualTo(name);
    assertThat(RegistryName.normal(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "host:", "host:0", "host:65536", "host:999999", "-a", "a/b"})
  void shouldRefuseWhatIsNoName(String text) {
    assertThatThrownBy(() -> new RegistryName(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found")
        .hasMessageContaining("expected");
  }

  @Test
  void shouldWritePatternsAsTheNamesTheyMatch() {
    assertThat(RegistryName.normal(new Glob("Registry.Example:*")))
        .isEqualTo(new Glob("registry.example:*"));
    assertThat(RegistryName.normal(new Glob("Registry.Example:443")))
        .isEqualTo(new Glob("registry.example"));
    assertThat(RegistryName.normalImage(new Glob("Index.docker.io/library/**")))
        .isEqualTo(new Glob("docker.io/library/**"));
    assertThat(RegistryName.normalImage(new Glob("**"))).isEqualTo(new Glob("**"));
  }
}
