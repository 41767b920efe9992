package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.ReferrersTag;
import io.oci2wasm.ingest.source.registry.Document;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import java.io.IOException;
import java.util.List;

/**
 * The attestations of a manifest where cosign looks for them (its ATTESTATION_SPEC.md, "Storage"):
 * the layers of an image under the tag {@code sha256-HEX.att}, each an envelope.
 */
final class Attestations {
  private static final SharedDocument.Form FORM =
      new SharedDocument.Form("an OCI image manifest", MediaTypes.OCI_MANIFEST, "layers");

  /** Where older versions of cosign have the signature of what is no envelope. */
  private static final String SIGNATURE = "dev.cosignproject.cosign/signature";

  private static final String PREDICATE_TYPE = "predicateType";

  /** What cosign calls slsaprovenance1. */
  static final String PROVENANCE = "https://slsa.dev/provenance/v1";

  /** What cosign calls cyclonedx. */
  static final String SBOM = "https://cyclonedx.org/bom";

  private static final String KEY_ID = "io.oci2wasm.key.id";

  private final RegistryPush registry;
  private final SharedDocument image;

  Attestations(RegistryPush registry, Sha256Digest subject) {
    this.registry = registry;
    this.image = new SharedDocument(registry, ReferrersTag.of(subject) + ".att", FORM);
  }

  /**
   * What is said of the manifest.
   *
   * @param statement makes it: only where there is no such attestation yet
   */
  record Attestation(String predicateType, Statement statement) {}

  /** Makes an in-toto statement. */
  interface Statement {
    byte[] make() throws IOException;
  }

  /** Signs what of these {@code key} has not signed yet, and enters it. */
  void enter(List<Attestation> attestations, Signer key) throws RejectedException, IOException {
    image.enter(new Entry(attestations, key));
  }

  private final class Entry implements SharedDocument.Entry {
    private final List<Attestation> attestations;
    private final Signer key;

    Entry(List<Attestation> attestations, Signer key) {
      this.attestations = attestations;
      this.key = key;
    }

    @Override
    public boolean isAmong(ArrayNode layers) {
      return attestations.stream().allMatch(one -> isAmong(layers, one));
    }

    private boolean isAmong(ArrayNode layers, Attestation attestation) {
      for (JsonNode layer : layers) {
        JsonNode annotations = layer.path("annotations");
        if (annotations.path(PREDICATE_TYPE).asText().equals(attestation.predicateType())
            && annotations.path(KEY_ID).asText().equals(key.id())) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void addTo(ObjectNode manifest, ArrayNode layers) throws RejectedException, IOException {
      for (Attestation one : attestations) {
        if (!isAmong(layers, one)) {
          add(one, layers);
        }
      }
      SharedDocument.describe(
          push(MediaTypes.OCI_CONFIG, config(layers)), manifest.putObject("config"));
    }

    private void add(Attestation attestation, ArrayNode layers)
        throws RejectedException, IOException {
      byte[] envelope =
          Envelope.sign(MediaTypes.IN_TOTO, attestation.statement().make(), key).toJson();
      SharedDocument.describe(push(Envelope.MEDIA_TYPE, envelope), layers.addObject())
          .putObject("annotations")
          .put(SIGNATURE, "")
          .put(PREDICATE_TYPE, attestation.predicateType())
          .put(KEY_ID, key.id());
    }
  }

  private Descriptor push(String mediaType, byte[] content) throws RejectedException, IOException {
    Document blob = Document.of(mediaType, content);
    registry.blob(blob);
    return blob.descriptor();
  }

  /** An image's, so that tools which add a layer find one. Layers are not compressed. */
  private static byte[] config(ArrayNode layers) {
    ObjectNode config = Json.MAPPER.createObjectNode().put("architecture", "").put("os", "");
    config.putObject("config");
    ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    layers.forEach(layer -> diffIds.add(layer.path("digest").asText()));
    return config.toString().getBytes(UTF_8);
  }
}
