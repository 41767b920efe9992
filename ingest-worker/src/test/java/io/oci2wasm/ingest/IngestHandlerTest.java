package io.oci2wasm.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImageIngested.PlatformFailure;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class IngestHandlerTest {
  private static final int EVENT_LIMIT = 8 << 20;

  @Test
  void shouldKeepWhatHundredsOfFailedPlatformsSay() {
    List<PlatformFailure> failures = Collections.nCopies(500, failure("x".repeat(1000)));

    assertThat(IngestHandler.inOneEvent(failures)).isEqualTo(failures);
    assertThat(IngestHandler.inOneEvent(List.of())).isEmpty();
  }

  @Test
  void shouldFitAsManyFailuresIntoAnEventAsAnIndexOfFourMegabytesMayName() throws Exception {
    List<PlatformFailure> failures = Collections.nCopies(20_000, failure("\u0001".repeat(1000)));

    List<PlatformFailure> fitting = IngestHandler.inOneEvent(failures);

    assertThat(Json.MAPPER.writeValueAsBytes(fitting).length).isLessThan(EVENT_LIMIT);
    assertThat(fitting)
        .hasSize(20_000)
        .allSatisfy(
            one -> {
              assertThat(one.message()).hasSize(25).endsWith("…");
              assertThat(one.manifest()).isEqualTo(failures.get(0).manifest());
            });
  }

  private static PlatformFailure failure(String message) {
    return new PlatformFailure(
        new Descriptor(MediaTypes.OCI_MANIFEST, Sha256Digest.of(new byte[1]), 1234),
        Platform.parse("linux/riscv64"),
        Reason.NOT_FOUND,
        message);
  }
}
