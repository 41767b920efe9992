package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A registry reports that it no longer has an image: the manifest {@code digest}, or only the name
 * {@code tag}; without both the whole repository is gone. It converts nothing. Retention may remove
 * what was made of the image.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImageDeleted(
    String sender,
    String registry,
    String repository,
    @Nullable Sha256Digest digest,
    @Nullable String tag,
    Instant deletedAt)
    implements TopicEvent {
  /** Stands for every tag where the grammar of names is checked and none is given. */
  private static final String ANY_TAG = "any";

  public ImageDeleted {
    // The names have the same grammar as in a push: a reference that cannot be is refused here.
    ImageReference image =
        new ImageReference(registry, repository, tag == null ? ANY_TAG : tag, digest);
    registry = image.registry();
    repository = image.repository();
  }

  @Override
  public String type() {
    return Topics.IMAGE_DELETED;
  }

  /** The same for one deletion that is announced twice. */
  @Override
  public String eventId() {
    String told =
        String.join(
            "\n",
            sender,
            registry,
            repository,
            String.valueOf(digest),
            String.valueOf(tag),
            deletedAt.toString());
    String hash = Sha256Digest.of(told.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 32);
    return hash + "/image.deleted/" + (digest == null ? "-" : digest.hex());
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return digest;
  }

  @Override
  public String recordKey() {
    return digest != null ? digest.toString() : registry + "/" + repository;
  }
}
