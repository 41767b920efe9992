package io.oci2wasm.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistrySource;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutRegistryTest {
  private LayoutRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry = LayoutRegistry.start(new ClasspathLayout("/sample"), "team/sample");
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void shouldServeTheSampleAsARegistryDoes() throws Exception {
    // Given
    RegistrySource source = source("/team/sample:latest");

    // When
    PlatformImage image =
        ImageWalk.walk(source.root(), source, (Platform any) -> true).wanted().get(0);

    // Then
    assertThat(source.root()).isEqualTo(registry.resolve("latest"));
    assertThat(image.platform()).hasToString("linux/riscv64");
    Descriptor layer = image.manifest().layers().get(0);
    try (InputStream blob = source.blob(layer)) {
      assertThat(Sha256Digest.of(blob.readAllBytes())).isEqualTo(layer.digest());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/team/sample:other", "/team/other:latest"})
  void shouldSayWhatItDoesNotHave(String image) {
    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, source(image)::root);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(e).hasMessageContaining("HTTP 404").hasMessageContaining("_UNKNOWN");
  }

  @Test
  void shouldSayThatABlobIsMissing() {
    // Given
    Descriptor missing = new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(new byte[] {1}), 1);

    // When
    RejectedException e =
        catchThrowableOfType(
            RejectedException.class, () -> source("/team/sample:latest").blob(missing));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(e).hasMessageContaining("BLOB_UNKNOWN");
  }

  private RegistrySource source(String image) {
    RegistryAccess access = RegistryAccess.of(null, Set.of(registry.host()), CredentialStore.NONE);
    return RegistrySource.open(
        ImageReference.parse(registry.host() + image), new RegistryClient(access));
  }
}
