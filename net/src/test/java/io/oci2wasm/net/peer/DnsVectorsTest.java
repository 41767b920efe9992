package io.oci2wasm.net.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Questions to name servers and what they say: vectors that docs/dns.mjs is tested with, too. */
class DnsVectorsTest {
  private static final JsonNode VECTORS = read();

  private static JsonNode read() {
    try (InputStream in = DnsVectorsTest.class.getResourceAsStream("records.json")) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<Arguments> answers() {
    List<Arguments> all = new ArrayList<>();
    VECTORS.get("answers").forEach(one -> all.add(Arguments.of(one.get("what").asText(), one)));
    return all.stream();
  }

  private static byte[] hex(JsonNode node) {
    return HexFormat.of().parseHex(node.asText());
  }

  @Test
  void shouldAskForTypesWithoutAddresses() {
    // When / Then
    VECTORS.get("asked").forEach(type -> assertThat(DnsMessages.isAsked(type.asInt())).isTrue());
    VECTORS
        .get("notAsked")
        .forEach(type -> assertThat(DnsMessages.isAsked(type.asInt())).isFalse());
  }

  @Test
  void shouldWriteQuestions() {
    for (JsonNode one : VECTORS.get("questions")) {
      // When
      byte[] question =
          DnsMessages.question(
              one.get("id").asInt(), one.get("name").asText(), one.get("type").asInt());

      // Then
      assertThat(question).isEqualTo(hex(one.get("bytes")));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("answers")
  void shouldReadAnswers(String what, JsonNode vector) throws Exception {
    // Given
    byte[] question = hex(vector.get("question"));
    ByteBuffer message = ByteBuffer.wrap(hex(vector.get("message")));
    JsonNode says = vector.get("says");

    // When
    boolean answers = DnsMessages.answers(question, message);

    // Then
    assertThat(answers).as(what).isEqualTo(!says.asText().equals("other"));
    if (says.asText().equals("wrong")) {
      assertThatThrownBy(() -> DnsMessages.read(question, message)).isInstanceOf(IOException.class);
    } else if (says.asText().equals("cut")) {
      assertThat(DnsMessages.read(question, message)).isEmpty();
    } else if (answers) {
      assertThat(DnsMessages.read(question, message))
          .contains(
              new DnsRecords(
                  says.get("rcode").asInt(), says.get("count").asInt(), hex(says.get("records"))));
    }
  }
}
