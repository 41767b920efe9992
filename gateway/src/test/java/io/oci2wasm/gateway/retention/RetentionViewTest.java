package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.retention.StateGcRegister;
import io.oci2wasm.runtime.config.ConfigFile;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionViewTest {
  private static final Instant STARTED = Instant.parse("2026-11-24T10:00:00Z");

  @Test
  void shouldTellTheNextRunAndTheLastOnesWithoutTheirImages() throws Exception {
    RetentionConfig config = ConfigFile.with(RetentionConfig.DEFAULT, "every", Duration.ofHours(1));
    try (TestState state = TestState.open()) {
      GcRegister register = new StateGcRegister(state.database());
      RetentionView view = new RetentionView(config, register, STARTED);
      RetentionView.Overview before = view.overview(9);
      GcReport report =
          new GcReport(
              false,
              STARTED,
              1,
              2,
              3,
              1,
              List.of(
                  new GcReport.Unwanted(
                      ImageReference.parse("r.example/a:1"), Rule.COUNT, STARTED)),
              List.of(),
              0);
      register.save(GcRun.begun("first", false, STARTED.plusSeconds(60)).done(report));
      register.save(GcRun.begun("second", true, STARTED.plusSeconds(90)).failed("why"));

      RetentionView.Overview after = view.overview(9);

      assertThat(before.nextAt()).isEqualTo(STARTED.plusSeconds(3600));
      assertThat(before.items()).isEmpty();
      assertThat(after.nextAt()).isEqualTo(STARTED.plusSeconds(3660));
      assertThat(after.items()).extracting(GcRun::id).containsExactly("second", "first");
      assertThat(after.items().get(1).report()).isEqualTo(report.withoutImages());
      assertThat(view.overview(1).items()).hasSize(1);
    }
  }
}
