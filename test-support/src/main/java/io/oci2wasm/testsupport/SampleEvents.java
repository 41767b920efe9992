package io.oci2wasm.testsupport;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleDelivered;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** A good event for each topic, with every member that it can have. */
public final class SampleEvents {
  private static final Set<String> OPTIONAL =
      Set.of("platform", "manifestDigest", "mediaType", "tag", "digest", "message", "since");

  /** Of these the platform is what the event is about. */
  private static final Platform PLATFORM = Platform.parse("linux/riscv64");

  private SampleEvents() {}

  /** Whether some event may lack a member of this name. */
  public static boolean isOptional(String member) {
    return OPTIONAL.contains(member) || member.equals("lane") || member.equals("requestId");
  }

  /** A push that is in no topic. */
  public static ImagePushed pushed(Lane lane, String name) {
    return new ImagePushed(
        RequestIds.of("test", "127.0.0.1:5000", name),
        lane,
        "test",
        ImageReference.parse("127.0.0.1:5000/team/" + name + ":1"),
        null,
        Instant.now());
  }

  /** Equal for equal arguments. */
  public static TopicEvent ofTopic(String topic, long seed, Instant now) {
    String id = RequestIds.of("malformed", "test", Long.toString(seed));
    Sha256Digest digest = Sha256Digest.of(id.getBytes(StandardCharsets.UTF_8));
    ImageReference image = new ImageReference("registry.example", "strangers/app", "1", digest);
    Descriptor manifest = new Descriptor(MediaTypes.OCI_MANIFEST, digest, 7);
    Lane lane = topic.endsWith(".bulk") ? Lane.BULK : Lane.PUSH;
    if (topic.startsWith(Topics.IMAGE_PUSHED)) {
      return new ImagePushed(id, lane, "test", image, MediaTypes.OCI_MANIFEST, now);
    }
    if (topic.startsWith(Topics.IMAGE_INGESTED)) {
      return new ImageIngested(
          id,
          lane,
          image,
          manifest,
          new ImageIngested.Blobs(1, 1, 7),
          List.of(new ImageIngested.PlatformFailure(manifest, PLATFORM, Reason.NOT_FOUND, "gone")));
    }
    if (topic.startsWith(Topics.PLATFORM_RESOLVED)) {
      return new PlatformResolved(id, lane, image, PLATFORM, manifest, 1);
    }
    if (topic.startsWith(Topics.TRANSLATION_REQUESTED)) {
      return new TranslationRequested(
          id,
          lane,
          image,
          PLATFORM,
          manifest,
          digest.hex(),
          new Training(List.of("true"), TrainingTime.DEFAULT, null, null),
          null,
          null,
          null);
    }
    if (topic.startsWith(Topics.BUNDLE_BUILT)) {
      return new BundleBuilt(
          id,
          lane,
          digest.hex(),
          image,
          PLATFORM,
          digest,
          false,
          new BundleBuilt.StoredBundle("bundles/x/bundle.wasm", digest, 7),
          new BundleBuilt.StoredRecipe(digest, 7),
          new BundleBuilt.Layers(1, 1),
          7);
    }
    return switch (topic) {
      case Topics.BUNDLE_DELIVERED ->
          new BundleDelivered(id, lane, digest.hex(), image, PLATFORM, digest, image, true);
      case Topics.CONVERSION_SKIPPED ->
          new ConversionSkipped(
              id, lane, Stage.RESOLVE, image, PLATFORM, digest, Reason.NO_ENGINE, "none", 1);
      case Topics.CONVERSION_FAILED, Topics.RESENT ->
          new ConversionFailed(
              id, lane, Stage.BUILD, image, PLATFORM, digest, Reason.TIME_LIMIT, "slow", 1);
      case Topics.STAGE_STARTED -> new StageStarted(id, lane, Stage.BUILD, image, digest, 2);
      case Topics.IMAGE_DELETED ->
          new ImageDeleted("test", image.registry(), image.repository(), digest, "1", now);
      case Topics.BATCH_REQUESTED ->
          new BatchRequested(
              id,
              BatchRequested.Kind.RECONVERT,
              "registry.example",
              List.of("a/**"),
              now,
              null,
              1.5,
              now);
      case Topics.BATCH_ENTERED -> new BatchEntered(id, image);
      case Topics.BATCH_CHANGED ->
          new BatchChanged(id, BatchChanged.Change.LISTED, "listed", now, 3);
      case Topics.REPLAYED -> new EventReplayed(id, now, Stage.BUILD, lane, id, image, digest);
      case Topics.DEAD_LETTERED ->
          new DeadLetter(
              id,
              new DeadLetter.Work(Stage.BUILD, lane, id, image),
              new DeadLetter.Failure(Reason.TIME_LIMIT, "slow", 1, now, now),
              new DeadLetter.Origin(Topics.PLATFORM_RESOLVED + ".push", 0, Math.abs(seed / 2)),
              new RecordCopy(null, List.of(), "e30="));
      default -> throw new IllegalArgumentException("found topic " + topic);
    };
  }

  /** The class of the events of {@code topic} that belong to no request; null of others. */
  public static Class<? extends TopicEvent> typeOf(String topic) {
    return ofTopic(topic, 0, Instant.EPOCH).getClass();
  }
}
