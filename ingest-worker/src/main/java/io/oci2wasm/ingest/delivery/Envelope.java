package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.List;

/**
 * A signed document (DSSE v1.0, envelope.md and protocol.md).
 *
 * @param payload base64
 */
@JsonPropertyOrder({"payloadType", "payload", "signatures"})
record Envelope(String payloadType, String payload, List<Signature> signatures) {
  static final String MEDIA_TYPE = "application/vnd.dsse.envelope.v1+json";

  /**
   * One signature.
   *
   * @param sig base64
   */
  @JsonPropertyOrder({"keyid", "sig"})
  record Signature(String keyid, String sig) {}

  static Envelope sign(String payloadType, byte[] payload, Signer key) throws SignerException {
    String signature = base64(key.sign(encoded(payloadType, payload)));
    return new Envelope(payloadType, base64(payload), List.of(new Signature(key.id(), signature)));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** What is signed: the type is, too, and neither can be taken for a part of the other. */
  static byte[] encoded(String payloadType, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int typeBytes = payloadType.getBytes(UTF_8).length;
    String head = String.format("DSSEv1 %d %s %d ", typeBytes, payloadType, payload.length);
    out.writeBytes(head.getBytes(UTF_8));
    out.writeBytes(payload);
    return out.toByteArray();
  }

  byte[] toJson() {
    try {
      return Json.MAPPER.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new AssertionError("strings are always JSON", e);
    }
  }
}
