package io.oci2wasm.ingest.scan;

import io.oci2wasm.api.Glob;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.oci.ReferrersTag;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.ingest.source.registry.RegistryCatalog;
import io.oci2wasm.runtime.event.EventPublisher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * One walk through a registry: catalog, tags, digests. Each tag becomes a {@link BatchEntered} at
 * once, so that nothing grows with the registry but the names of repositories.
 */
final class Listing {
  private static final int REFUSALS_NAMED = 3;

  private final BatchRequested batch;
  private final List<Glob> globs;
  private final RegistryCatalog catalog;
  private final ConversionRules rules;
  private final EventPublisher publisher;
  private final BooleanSupplier stopped;
  private final List<String> refusals = new ArrayList<>();
  private int repositories;
  private int images;

  /**
   * A walk that has not begun.
   *
   * @param stopped whether the rest is not wanted any more
   * @throws IllegalArgumentException if a repository's glob is none
   */
  Listing(
      BatchRequested batch,
      RegistryCatalog catalog,
      ConversionRules rules,
      EventPublisher publisher,
      BooleanSupplier stopped) {
    this.batch = batch;
    this.globs = batch.repositories().stream().map(Glob::new).toList();
    this.catalog = catalog;
    this.rules = rules;
    this.publisher = publisher;
    this.stopped = stopped;
  }

  /**
   * Enters every image.
   *
   * @return what could not be listed, for people; empty if nothing
   * @throws RejectedException if the registry does not tell its repositories
   * @throws IOException if it does not answer, or events cannot be written
   */
  Optional<String> call() throws RejectedException, IOException {
    boolean named = !globs.isEmpty() && globs.stream().allMatch(Glob::isLiteral);
    Set<String> all = named ? new LinkedHashSet<>(batch.repositories()) : fromCatalog();
    for (String repository : all) {
      if (stopped.getAsBoolean()) {
        break;
      }
      list(repository, named);
    }
    return refusals.isEmpty() ? Optional.empty() : Optional.of(refused());
  }

  /** How many images were entered; tags of one digest in a repository are one. */
  int images() {
    return images;
  }

  private Set<String> fromCatalog() throws RejectedException, IOException {
    Set<String> names = new LinkedHashSet<>();
    try {
      catalog.repositories(
          page -> {
            page.stream().filter(this::isWanted).forEach(names::add);
            return !stopped.getAsBoolean();
          });
    } catch (RejectedException e) {
      throw isAboutCatalog(e.reason())
          ? new RejectedException(e.reason(), e.getMessage() + catalogAdvice(), e)
          : e;
    }
    return names;
  }

  private static boolean isAboutCatalog(Reason reason) {
    return reason == Reason.NOT_FOUND
        || reason == Reason.UNAUTHORIZED
        || reason == Reason.REGISTRY_UNAVAILABLE;
  }

  private static String catalogAdvice() {
    return "; a registry without an accessible catalog is scanned by the full names of its"
        + " repositories, without * and ?";
  }

  private boolean isWanted(String repository) {
    return globs.isEmpty() || globs.stream().anyMatch(glob -> glob.matches(repository));
  }

  /**
   * One repository that refuses us is no reason to leave out the others. Where the catalog names
   * it, it may have lost its last tag; where a person names it, that is a mistake.
   */
  private void list(String repository, boolean named) throws RejectedException, IOException {
    repositories++;
    Entered entered = new Entered();
    try {
      // Names that are none lead to no address.
      ImageReference unused = new ImageReference(batch.registry(), repository, "latest", null);
      catalog.tags(
          repository,
          tags -> {
            enter(repository, tags, entered);
            return !stopped.getAsBoolean();
          });
      entered.rest();
    } catch (IllegalArgumentException e) {
      refusals.add("found an invalid name: " + e.getMessage());
    } catch (RejectedException e) {
      if (e.reason() == Reason.REGISTRY_NOT_ALLOWED || e.reason() == Reason.REGISTRY_UNTRUSTED) {
        throw e;
      }
      if (named || e.reason() != Reason.NOT_FOUND) {
        refusals.add(String.valueOf(e.getMessage()));
      }
    }
  }

  private void enter(String repository, List<String> tags, Entered entered)
      throws RejectedException, IOException {
    for (String tag : tags) {
      if (stopped.getAsBoolean()) {
        return;
      }
      if (!ReferrersTag.isAttached(tag)) {
        ImageReference image = new ImageReference(batch.registry(), repository, tag, null);
        Optional<Sha256Digest> digest = catalog.digest(image);
        if (digest.isPresent()) {
          entered.add(digest.get(), image.withDigest(digest.get()));
        }
      }
    }
  }

  /**
   * The images of one repository. A batch knows an image by its first tag: so one that the rules
   * exclude is entered last, and only for images without another.
   */
  private final class Entered {
    private final Set<Sha256Digest> digests = new HashSet<>();
    private final Map<Sha256Digest, ImageReference> excluded = new LinkedHashMap<>();

    void add(Sha256Digest digest, ImageReference image) throws IOException {
      if (rules.excluded(image, batch.choice()).isPresent()) {
        excluded.putIfAbsent(digest, image);
      } else {
        write(digest, image);
      }
    }

    void rest() throws IOException {
      excluded.keySet().removeAll(digests);
      for (Map.Entry<Sha256Digest, ImageReference> image : excluded.entrySet()) {
        write(image.getKey(), image.getValue());
      }
    }

    private void write(Sha256Digest digest, ImageReference image) throws IOException {
      publisher.publish(List.of(new BatchEntered(batch.batchId(), image)));
      if (digests.add(digest)) {
        images++;
      }
    }
  }

  private String refused() {
    int more = refusals.size() - REFUSALS_NAMED;
    return String.format(
        "%s of %s repositories could not be listed: %s%s",
        refusals.size(),
        repositories,
        String.join(" | ", refusals.subList(0, Math.min(refusals.size(), REFUSALS_NAMED))),
        more > 0 ? " | and " + more + " more" : "");
  }
}
