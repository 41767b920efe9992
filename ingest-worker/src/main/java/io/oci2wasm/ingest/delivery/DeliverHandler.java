package io.oci2wasm.ingest.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleDelivered;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.ingest.delivery.DeliverBundleStep.Delivered;
import io.oci2wasm.runtime.work.EventHandler;
import io.oci2wasm.runtime.work.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Brings one bundle back to its registry. Its conversion has ended, whatever becomes of this. */
final class DeliverHandler implements EventHandler<BundleBuilt> {
  private final DeliverBundleStep step;
  private final MeterRegistry metrics;

  DeliverHandler(DeliverBundleStep step, MeterRegistry metrics) {
    this.step = step;
    this.metrics = metrics;
  }

  @Override
  public Outcome handle(BundleBuilt event) {
    try {
      Delivered delivered = step.call(event);
      String result = delivered.result().name().toLowerCase(Locale.ROOT);
      Counter.builder("oci2wasm.deliveries")
          .description("Bundles to deliver to registries, by result")
          .tag("result", result)
          .register(metrics)
          .increment();
      return new Outcome.Done(told(event, delivered));
    } catch (RejectedException e) {
      return Outcome.Rejected.of(e);
    } catch (SignerException e) {
      return Outcome.of(e, Reason.SIGNER_UNAVAILABLE);
    } catch (IOException e) {
      return Outcome.of(e, Reason.REGISTRY_UNAVAILABLE);
    }
  }

  private static List<PipelineEvent> told(BundleBuilt event, Delivered delivered) {
    ImageReference place = delivered.place();
    return place == null
        ? List.of()
        : List.of(
            new BundleDelivered(
                event.requestId(),
                event.lane(),
                event.conversionId(),
                event.image(),
                event.platform(),
                event.manifestDigest(),
                place,
                delivered.signed()));
  }

  @Override
  public @Nullable PipelineEvent ending(BundleBuilt event, Reason reason, String message) {
    return null;
  }
}
