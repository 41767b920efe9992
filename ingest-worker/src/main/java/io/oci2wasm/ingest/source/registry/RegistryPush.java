package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.RegistryTransport.Query;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.jspecify.annotations.Nullable;

/**
 * Pushes to the repository of one image (distribution-spec 1.1, "Push"), with its client's tokens
 * and within its limits. Every method throws {@link RejectedException} if the registry, or a rule
 * of ours, refuses, and {@link io.oci2wasm.api.UnavailableException} if it does not answer.
 */
public final class RegistryPush {
  private final RegistryClient client;
  private final RegistryHost host;
  private final ImageReference image;

  public RegistryPush(RegistryClient client, ImageReference image) {
    this.client = client;
    this.host = client.host(image);
    this.image = image;
  }

  /** The manifest or index under a digest or tag, verified; empty if there is none. */
  public Optional<Document> find(@Nullable String tag, @Nullable Sha256Digest digest)
      throws RejectedException, IOException {
    try {
      return Optional.of(
          client.manifest(new ImageReference(image.registry(), image.repository(), tag, digest)));
    } catch (RejectedException e) {
      if (e.reason() == Reason.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Whether the repository has this manifest. */
  public boolean hasManifest(Descriptor manifest) throws RejectedException, IOException {
    return exists(
        host.manifest(image.repository(), manifest.digest().toString()),
        manifest.mediaType(),
        "looking for manifest " + manifest.digest());
  }

  /** Sends a blob, unless the repository has it. What breaks is begun anew by the next call. */
  public void blob(Descriptor blob, BlobContent content) throws RejectedException, IOException {
    URI place = host.blob(image.repository(), blob.digest().toString());
    if (exists(place, "*/*", "looking for blob " + blob.digest())) {
      return;
    }
    String doing = "pushing blob " + blob.digest() + " (" + blob.size() + " bytes)";
    URI upload = beginUpload(doing);
    String separator = upload.getRawQuery() == null ? "?" : "&";
    URI target = URI.create(upload + separator + "digest=" + blob.digest());
    write("PUT", target, doing, new StreamedEntity(content, blob.size())).body().close();
  }

  /** Sends a small blob, unless the repository has it. */
  public void blob(Document blob) throws RejectedException, IOException {
    blob(blob.descriptor(), () -> new ByteArrayInputStream(blob.bytes()));
  }

  private URI beginUpload(String doing) throws RejectedException, IOException {
    URI uploads = host.uploads(image.repository());
    HttpAnswer answer = write("POST", uploads, doing, null);
    answer.body().close();
    String location = answer.header("Location").orElse("");
    try {
      if (!location.isEmpty()) {
        return uploads.resolve(location);
      }
    } catch (IllegalArgumentException e) {
      // Told below, together with a missing one.
    }
    throw new RejectedException(
        Reason.PUSH_REFUSED,
        String.format(
            "%s: found an upload without a Location that is an address, expected one; the registry"
                + " is misconfigured",
            about(doing)));
  }

  /**
   * Writes a manifest or index under its digest, or under {@code tag}.
   *
   * @return whether the registry says that it lists it among its subject's referrers
   */
  public boolean manifest(Document document, @Nullable String tag)
      throws RejectedException, IOException {
    Descriptor descriptor = document.descriptor();
    String reference = tag == null ? descriptor.digest().toString() : tag;
    String doing = "pushing manifest " + reference;
    HttpAnswer answer =
        write(
            "PUT",
            host.manifest(image.repository(), reference),
            doing,
            new ByteArrayEntity(document.bytes(), ContentType.parse(descriptor.mediaType())));
    answer.body().close();
    String stored = answer.header("Docker-Content-Digest").orElse(descriptor.digest().toString());
    if (!stored.equals(descriptor.digest().toString())) {
      throw new RejectedException(
          Reason.DIGEST_MISMATCH,
          String.format(
              "%s: found it stored as %s, expected %s; the registry changes what it is given",
              about(doing), stored, descriptor.digest()));
    }
    return answer.header("OCI-Subject").isPresent();
  }

  /** Whether the registry has the referrers API. */
  public boolean listsReferrers(Sha256Digest subject) throws RejectedException, IOException {
    return exists(
        host.referrers(image.repository(), subject.toString()),
        MediaTypes.OCI_INDEX,
        "asking for referrers of " + subject);
  }

  private boolean exists(URI place, String accept, String doing)
      throws RejectedException, IOException {
    // The referrers API knows no HEAD.
    boolean head = !place.getPath().contains("/referrers/");
    Query query =
        new Query(
            head ? "HEAD" : "GET",
            host,
            scope(),
            place,
            Map.of("Accept", accept),
            about(doing),
            null);
    try {
      client.transport().send(query).body().close();
      return true;
    } catch (RejectedException e) {
      if (e.reason() == Reason.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private HttpAnswer write(String method, URI target, String doing, @Nullable HttpEntity content)
      throws RejectedException, IOException {
    return client
        .transport()
        .send(new Query(method, host, scope(), target, Map.of(), about(doing), content));
  }

  private TokenScope scope() {
    return TokenScope.push(host, image.repository());
  }

  private String about(String doing) {
    return doing + " in " + image.registry() + "/" + image.repository();
  }
}
