package io.oci2wasm.gateway.state;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleDelivered;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request for an index of two platforms, pushed at some second. */
public record SampleRequest(String name, int second, String id) {
  public static final Platform RISCV = Platform.parse("linux/riscv64");
  public static final Platform S390X = Platform.parse("linux/s390x");
  public static final Sha256Digest INDEX = digest("index");

  public static Sha256Digest digest(String text) {
    return Sha256Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  public static Instant time(int second) {
    return Instant.parse("2026-11-24T10:00:00Z").plusSeconds(second);
  }

  public SampleRequest(String name, int second) {
    this(name, second, RequestIds.of("test", "r.example", name));
  }

  public String platformId() {
    return id + "-" + digest(name).hex();
  }

  private ImageReference image(@Nullable Sha256Digest digest) {
    return new ImageReference("r.example", "team/" + name, "1", digest);
  }

  private ReceivedEvent at(int offset, PipelineEvent event) {
    return new ReceivedEvent(event, time(second + offset));
  }

  public ReceivedEvent pushed() {
    return at(0, new ImagePushed(id, Lane.PUSH, "test", image(null), null, time(second)));
  }

  /** The same record, as its retry has it. */
  public ReceivedEvent pushedAgain(int offset) {
    return new ReceivedEvent(pushed().event(), time(second + offset));
  }

  public ReceivedEvent started() {
    return at(1, new StageStarted(id, Lane.PUSH, Stage.INGEST, image(null), null, 1));
  }

  public ReceivedEvent started(int offset, Stage stage, int attempt) {
    return at(offset, new StageStarted(id, Lane.PUSH, stage, image(null), null, attempt));
  }

  public ReceivedEvent building(int offset, int attempt) {
    return at(
        offset, new StageStarted(id, Lane.PUSH, Stage.BUILD, image(INDEX), digest(name), attempt));
  }

  public ReceivedEvent ingested() {
    return ingested(2);
  }

  /** The index as ingest found it, with these children. */
  public ReceivedEvent ingested(Sha256Digest... children) {
    return at(
        2,
        new ImageIngested(
            id,
            Lane.PUSH,
            image(INDEX),
            new Descriptor(MediaTypes.OCI_INDEX, INDEX, 5),
            new ImageIngested.Blobs(1, 1, 1),
            List.of(),
            null,
            null,
            List.of(children)));
  }

  public ReceivedEvent ingested(int offset) {
    return at(
        offset,
        new ImageIngested(
            id,
            Lane.PUSH,
            image(INDEX),
            new Descriptor(MediaTypes.OCI_INDEX, INDEX, 5),
            new ImageIngested.Blobs(1, 1, 1),
            List.of()));
  }

  public ReceivedEvent resolved() {
    return resolved(3);
  }

  public ReceivedEvent resolved(int offset) {
    return at(
        offset,
        new PlatformResolved(
            id,
            Lane.PUSH,
            image(INDEX),
            RISCV,
            new Descriptor(MediaTypes.OCI_MANIFEST, digest(name), 5),
            2));
  }

  public ReceivedEvent skipped() {
    return at(
        3,
        Endings.ofPlatform(
            new StageStarted(id, Lane.PUSH, Stage.RESOLVE, image(INDEX), null, 1),
            Stage.RESOLVE,
            S390X,
            digest(name + "-s390x"),
            Reason.NO_ENGINE,
            "none",
            2,
            false));
  }

  public ReceivedEvent built(int offset, boolean reused) {
    return at(
        offset,
        new BundleBuilt(
            id,
            Lane.PUSH,
            "c".repeat(64),
            image(INDEX),
            RISCV,
            digest(name),
            reused,
            new BundleBuilt.StoredBundle("key", digest("bundle"), 1),
            null,
            new BundleBuilt.Layers(3, reused ? 0 : 2),
            1));
  }

  /** Its bundle is in the registry, with a tag or without one. */
  public ReceivedEvent delivered(
      int offset, String manifest, @Nullable String tag, boolean signed) {
    ImageReference place = new ImageReference("r.example", "team/" + name, tag, digest(manifest));
    return at(
        offset,
        new BundleDelivered(
            id, Lane.PUSH, "c".repeat(64), image(INDEX), RISCV, digest(name), place, signed));
  }

  public ReceivedEvent failed() {
    return at(
        9,
        Endings.ofRequest(
            new StageStarted(id, Lane.PUSH, Stage.INGEST, image(null), null, 1),
            Stage.INGEST,
            Reason.NOT_FOUND,
            "gone"));
  }

  /** All events of the request; the bundle is announced twice, as after a crash. */
  public List<ReceivedEvent> everything() {
    return new ArrayList<>(
        List.of(
            pushed(),
            started(),
            ingested(),
            started(3, Stage.RESOLVE, 1),
            resolved(),
            skipped(),
            building(4, 1),
            built(4, false),
            built(5, true)));
  }
}
