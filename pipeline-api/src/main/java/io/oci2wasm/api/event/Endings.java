package io.oci2wasm.api.event;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import org.jspecify.annotations.Nullable;

/** Completion events without a bundle: skipped, or failed. */
public final class Endings {
  private Endings() {}

  /** The whole request of {@code event} ends; {@link Reason#isSkip} decides how. */
  public static PipelineEvent ofRequest(
      PipelineEvent event, Stage stage, Reason reason, String message) {
    return ending(event, stage, null, null, reason, message, null, !reason.isSkip());
  }

  /**
   * One platform of the request of {@code event} ends, one of {@code outcomes}.
   *
   * @param failed whether it should have been converted
   */
  public static PipelineEvent ofPlatform(
      PipelineEvent event,
      Stage stage,
      @Nullable Platform platform,
      Sha256Digest manifest,
      Reason reason,
      String message,
      int outcomes,
      boolean failed) {
    return ending(event, stage, platform, manifest, reason, message, outcomes, failed);
  }

  private static PipelineEvent ending(
      PipelineEvent event,
      Stage stage,
      @Nullable Platform platform,
      @Nullable Sha256Digest manifest,
      Reason reason,
      String message,
      @Nullable Integer outcomes,
      boolean failed) {
    return failed
        ? new ConversionFailed(
            event.requestId(),
            event.lane(),
            stage,
            event.image(),
            platform,
            manifest,
            reason,
            message,
            outcomes)
        : new ConversionSkipped(
            event.requestId(),
            event.lane(),
            stage,
            event.image(),
            platform,
            manifest,
            reason,
            message,
            outcomes);
  }
}
