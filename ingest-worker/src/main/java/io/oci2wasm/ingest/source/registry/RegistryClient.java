package io.oci2wasm.ingest.source.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.ingest.source.registry.RegistryTransport.Query;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pulls from registries (distribution-spec 1.1, "Pull"). One client serves all images of a process:
 * it keeps connections and tokens. Thread-safe.
 */
public final class RegistryClient {
  /**
   * Without it, registries answer 404 for OCI documents and convert docker's to schema 1, with
   * another digest.
   */
  static final String ACCEPT =
      String.join(
          ", ",
          MediaTypes.OCI_INDEX,
          MediaTypes.OCI_MANIFEST,
          MediaTypes.DOCKER_LIST,
          MediaTypes.DOCKER_MANIFEST);

  private final RegistryAccess access;
  private final RegistryTransport transport;
  private final Backoff backoff;

  public RegistryClient(RegistryAccess access) {
    this(
        access,
        Backoff.system(),
        InetAddress::getAllByName,
        ProxySelector.getDefault(),
        Clock.systemUTC());
  }

  RegistryClient(
      RegistryAccess access,
      Backoff backoff,
      Resolver resolver,
      ProxySelector proxies,
      Clock clock) {
    this.access = access;
    this.backoff = backoff;
    Http http = new Http(access, resolver, proxies);
    OtherHosts otherHosts = new OtherHosts(access, http);
    transport =
        new RegistryTransport(
            access, otherHosts, new Authenticator(access, otherHosts, backoff, clock), backoff);
  }

  /** How this client's requests are sent: with its tokens, and within its limits. */
  RegistryTransport transport() {
    return transport;
  }

  /** The registries that this client may ask, and what it asks of them now. */
  public List<WorkerSeen.Registry> seen() {
    return transport.seen();
  }

  RegistryHost host(ImageReference image) {
    return RegistryHost.of(image.registry(), access);
  }

  /** What a registry has, as far as it tells. */
  public RegistryCatalog catalog(String registry) {
    return new RegistryCatalog(RegistryHost.of(registry, access), registry, this, transport);
  }

  /**
   * Refuses images of registries that are not to be contacted, without contacting any.
   *
   * @throws RejectedException {@link Reason#REGISTRY_NOT_ALLOWED}
   */
  void checkAllowed(ImageReference image) throws RejectedException {
    transport.checkAllowed(host(image), "fetching " + image);
  }

  /** The manifest or index that {@code image}'s digest, or else tag, names. */
  Document manifest(ImageReference image) throws RejectedException, IOException {
    RegistryHost host = RegistryHost.of(image.registry(), access);
    String doing = "fetching manifest " + image;
    Query query =
        Query.get(
            host,
            TokenScope.pull(host, image.repository()),
            host.manifest(image.repository(), image.reference()),
            Map.of("Accept", ACCEPT),
            doing);
    HttpAnswer answer = transport.send(query);
    byte[] bytes = readManifest(doing, answer);
    String mediaType = mediaType(doing, answer, bytes);
    Sha256Digest digest = Sha256Digest.of(bytes);
    checkDigest(doing, answer, image, digest);
    return new Document(new Descriptor(mediaType, digest, bytes.length), bytes);
  }

  /** A blob, not verified. */
  InputStream blob(ImageReference image, Descriptor descriptor)
      throws RejectedException, IOException {
    RegistryHost host = RegistryHost.of(image.registry(), access);
    String doing =
        String.format(
            "fetching blob %s of %s/%s", descriptor.digest(), image.registry(), image.repository());
    return BlobStream.open(
        doing,
        descriptor.size(),
        access.attempts(),
        access.timeouts(),
        Math.max(1, access.timeouts().enough(access.limits(host.name()).leastBytesPerSecond())),
        offset -> openBlob(host, image.repository(), descriptor, offset, doing),
        backoff);
  }

  private InputStream openBlob(
      RegistryHost host, String repository, Descriptor descriptor, long offset, String doing)
      throws RejectedException, IOException {
    Map<String, String> headers = offset == 0 ? Map.of() : Map.of("Range", "bytes=" + offset + "-");
    HttpAnswer answer =
        transport.send(
            Query.get(
                host,
                TokenScope.pull(host, repository),
                host.blob(repository, descriptor.digest().toString()),
                headers,
                doing));
    InputStream body = answer.body();
    try {
      if (answer.status() == 200) {
        checkSize(doing, answer, descriptor);
        // A server that knows no ranges sends all of it again.
        body.skipNBytes(offset);
      } else {
        checkRange(doing, answer, offset);
      }
      return body;
    } catch (RejectedException | IOException e) {
      body.close();
      throw e;
    }
  }

  private static void checkSize(String doing, HttpAnswer answer, Descriptor descriptor)
      throws RejectedException {
    long length = answer.length().orElse(descriptor.size());
    if (length != descriptor.size()) {
      throw new RejectedException(
          Reason.DIGEST_MISMATCH,
          String.format(
              "%s: found %s bytes, expected %s as the manifest says; push the image again",
              doing, length, descriptor.size()));
    }
  }

  private static void checkRange(String doing, HttpAnswer answer, long offset) throws IOException {
    String range = answer.header("Content-Range").orElse("");
    if (!range.toLowerCase(Locale.ROOT).startsWith("bytes " + offset + "-")) {
      throw new UnavailableException(
          String.format(
              "%s: found range \"%s\", expected one from byte %s; try again later",
              doing, range, offset),
          null);
    }
  }

  private static byte[] readManifest(String doing, HttpAnswer answer)
      throws RejectedException, IOException {
    try (InputStream body = answer.body()) {
      byte[] bytes = body.readNBytes(OciDocuments.MAX_MANIFEST_BYTES + 1);
      if (bytes.length > OciDocuments.MAX_MANIFEST_BYTES) {
        throw new RejectedException(
            Reason.MANIFEST_TOO_LARGE,
            String.format(
                "%s: found more than %s bytes (4 MiB), expected fewer; make the document"
                    + " smaller",
                doing, OciDocuments.MAX_MANIFEST_BYTES));
      }
      return bytes;
    } catch (UnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw new UnavailableException(
          String.format(
              "%s: found %s, while reading a manifest; try again later",
              doing, RegistryErrors.brokenBody(e)),
          e);
    }
  }

  /** The header's media type, or the document's own where the header says nothing of use. */
  private static String mediaType(String doing, HttpAnswer answer, byte[] bytes)
      throws RejectedException {
    String header = answer.header("Content-Type").orElse("");
    String type = header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (type.startsWith("application/vnd.")) {
      return type;
    }
    try {
      String stated = Json.MAPPER.readTree(bytes).path("mediaType").asText();
      if (!stated.isEmpty()) {
        return stated;
      }
    } catch (JsonProcessingException e) {
      throw noManifest(doing, type, e);
    } catch (IOException e) {
      throw new AssertionError("reading from memory", e);
    }
    throw noManifest(doing, type, null);
  }

  private static RejectedException noManifest(
      String doing, String type, @Nullable Exception cause) {
    String message =
        String.format(
            "%s: found content of type \"%s\", expected a manifest or an index; check"
                + " that this host is a registry",
            doing, type);
    return new RejectedException(Reason.MANIFEST_INVALID, message, cause);
  }

  /**
   * What was asked for by digest must have it; what was asked for by tag must have the digest its
   * header claims, so that a damaged answer is told here. Schema 1 is signed, so that its bytes
   * never match: the reader refuses it by its type.
   */
  private static void checkDigest(
      String doing, HttpAnswer answer, ImageReference image, Sha256Digest found)
      throws RejectedException {
    Sha256Digest asked = image.digest();
    String expected =
        asked != null
            ? asked.toString()
            : answer.header("Docker-Content-Digest").orElse(found.toString());
    String type = answer.header("Content-Type").orElse("").split(";", 2)[0];
    if (!expected.equals(found.toString()) && !MediaTypes.isSchema1(type.strip())) {
      throw new RejectedException(
          Reason.DIGEST_MISMATCH,
          String.format(
              "%s: found content of digest %s, expected %s; the registry served other"
                  + " content: push the image again",
              doing, found, expected));
    }
  }
}
