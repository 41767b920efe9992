package io.oci2wasm.resolve;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoredImageContent;
import io.oci2wasm.runtime.work.IngestAgain;
import io.oci2wasm.runtime.work.ShareWorker;

/** Puts the resolve-worker together. */
public final class ResolveMain {
  private ResolveMain() {}

  /**
   * Starts the stage.
   *
   * @param rules what is converted
   */
  public static ShareWorker start(
      ConversionRules rules, ObjectStore store, ShareWorker.Wiring wiring) {
    return ShareWorker.start(
        Stage.RESOLVE,
        Topics.IMAGE_INGESTED,
        ImageIngested.class,
        new ResolveHandler(new StoredImageContent(store), rules, new IngestAgain(wiring.clock())),
        wiring);
  }
}
