package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvelopeTest {
  /** The example of DSSE v1.0, protocol.md, "Test Vectors"; lengths are in bytes. */
  @Test
  void shouldEncodeTypeAndPayloadWithTheirLengths() {
    assertThat(Envelope.encoded("http://example.com/HelloWorld", "hello world".getBytes(UTF_8)))
        .asString(UTF_8)
        .isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    assertThat(Envelope.encoded("é", "ü ".getBytes(UTF_8)))
        .asString(UTF_8)
        .isEqualTo("DSSEv1 2 é 3 ü ");
  }

  @Test
  void shouldBeJsonWhoseSignatureIsThePayloads(@TempDir Path directory) throws Exception {
    KeyPair pair = SigningKeyTest.pair("EC");
    SigningKey key = SigningKey.load(SigningKeyTest.file(directory, pair));
    byte[] payload = "{\"a\":1}".getBytes(UTF_8);

    JsonNode envelope = Json.MAPPER.readTree(Envelope.sign("a/b", payload, key).toJson());

    assertThat(envelope.path("payloadType").asText()).isEqualTo("a/b");
    assertThat(envelope.path("payload").binaryValue()).isEqualTo(payload);
    assertThat(envelope.path("signatures")).hasSize(1);
    JsonNode signature = envelope.path("signatures").get(0);
    assertThat(signature.path("keyid").asText()).isEqualTo(key.id());
    Signature verifying = Signature.getInstance("SHA256withECDSA");
    verifying.initVerify(pair.getPublic());
    verifying.update(Envelope.encoded("a/b", payload));
    assertThat(verifying.verify(signature.path("sig").binaryValue())).isTrue();
  }
}
