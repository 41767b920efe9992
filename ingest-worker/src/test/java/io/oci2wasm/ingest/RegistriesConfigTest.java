package io.oci2wasm.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RegistriesConfigTest {
  @Test
  void shouldAskRegistriesAsASingleConversionDoes() {
    assertThat(RegistriesConfig.DEFAULT.access())
        .isEqualTo(RegistryAccess.of(Set.of(), Set.of(), CredentialStore.NONE));
  }
}
