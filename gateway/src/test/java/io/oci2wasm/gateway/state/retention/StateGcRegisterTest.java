package io.oci2wasm.gateway.state.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.retention.GcReport;
import io.oci2wasm.gateway.retention.GcRun;
import io.oci2wasm.gateway.retention.GcRuns;
import io.oci2wasm.gateway.retention.Kind;
import io.oci2wasm.gateway.retention.Rule;
import io.oci2wasm.gateway.state.TestState;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What GcRunsTest does not need of the database. */
class StateGcRegisterTest {
  private static final Instant START = Instant.parse("2026-11-26T06:00:00.123Z");

  @Test
  void shouldGiveBackAReportAsItWas() throws Exception {
    GcReport report =
        new GcReport(
            false,
            START,
            210,
            812,
            73_400_320,
            1,
            List.of(
                new GcReport.Unwanted(
                    ImageReference.parse("127.0.0.1:5000/team/app:1"), Rule.UNUSED, START)),
            List.of(new GcReport.Line(Kind.BUNDLE, Rule.UNUSED, 3, 7_340_132)),
            2);
    GcRun run = new GcRun("one", false, GcRun.State.DONE, START, report, null);
    try (TestState state = TestState.open()) {
      new StateGcRegister(state.database()).save(run);

      assertThat(new StateGcRegister(state.database()).find("one")).contains(run);
    }
  }

  @Test
  void shouldCountTheScheduleFromWhatRemovesOnly() throws Exception {
    try (TestState state = TestState.open()) {
      StateGcRegister register = new StateGcRegister(state.database());
      register.save(new GcRun("one", false, GcRun.State.FAILED, START, null, "away"));
      register.save(new GcRun("two", true, GcRun.State.RUNNING, START.plusSeconds(60), null, null));

      assertThat(register.lastRemoval()).contains(START);

      // However long ago.
      Instant later = START.plus(GcRuns.KEEP).plusSeconds(90);
      register.save(new GcRun("three", true, GcRun.State.RUNNING, later, null, null));
      assertThat(register.lastRemoval()).contains(START);
      assertThat(register.find("two")).isEmpty();

      register.save(new GcRun("four", false, GcRun.State.RUNNING, later, null, null));
      register.save(new GcRun("five", true, GcRun.State.RUNNING, later, null, null));
      assertThat(register.lastRemoval()).contains(later);
      assertThat(register.find("one")).isEmpty();
    }
  }
}
