package io.oci2wasm.net.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules' test vectors, which docs/net.mjs is tested with, too. */
class RuleVectorsTest {
  private static final JsonNode VECTORS = read();

  private static JsonNode read() {
    try (InputStream in = RuleVectorsTest.class.getResourceAsStream("vectors.json")) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Arguments> each(String name) {
    List<Arguments> all = new ArrayList<>();
    VECTORS.get(name).forEach(one -> all.add(Arguments.of(one)));
    return all.stream();
  }

  static Stream<Arguments> addresses() {
    return each("addresses");
  }

  static Stream<Arguments> notAddresses() {
    return each("notAddresses");
  }

  static Stream<Arguments> rules() {
    return each("rules");
  }

  static Stream<Arguments> wrongRules() {
    return each("wrongRules");
  }

  static Stream<Arguments> publish() {
    return each("publish");
  }

  static Stream<Arguments> wrongPublish() {
    return each("wrongPublish");
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void shouldKnowWhatIsPublic(JsonNode vector) {
    // When
    IpAddress address = address(vector.get("address").asText());

    // Then
    assertThat(SpecialAddresses.blockOf(address).isEmpty())
        .isEqualTo(vector.get("public").asBoolean());
  }

  @ParameterizedTest
  @MethodSource("notAddresses")
  void shouldReadNothingElseAsAnAddress(JsonNode text) {
    assertThat(IpAddress.parse(text.asText())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void shouldReachWhatTheRulesAllow(JsonNode vector) {
    // Given
    NetworkRules rules = rulesOf(vector);
    long now = 0;

    for (JsonNode step : vector.get("steps")) {
      if (step.has("seconds")) {
        now += step.get("seconds").asLong() * 1_000_000_000;
      } else if (step.has("connect")) {
        // When
        Optional<InetSocketAddress> target =
            rules.target(address(step.get("connect").asText()), step.get("port").asInt(), now);

        // Then
        assertThat(target).as("%s", step).isEqualTo(expectedTarget(step.get("target")));
      } else if (step.has("mayResolve")) {
        assertThat(rules.mayResolve(step.get("mayResolve").asText()))
            .as("%s", step)
            .isEqualTo(step.get("answer").asBoolean());
      } else if (step.has("pinned")) {
        assertThat(rules.pinned(step.get("pinned").asText()))
            .as("%s", step)
            .isEqualTo(addresses(step.get("addresses")));
      } else {
        assertThat(rules.give(step.get("name").asText(), addresses(step.get("answers")), now))
            .as("%s", step)
            .isEqualTo(addresses(step.get("told")));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("wrongRules")
  void shouldRefuseWhatIsNoRule(JsonNode vector) {
    assertThatThrownBy(() -> rulesOf(vector))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }

  @ParameterizedTest
  @MethodSource("publish")
  void shouldReadPublishedPorts(JsonNode vector) {
    // When
    List<PublishedPort> ports = PublishedPort.parse(vector.get("word").asText());

    // Then
    List<PublishedPort> expected = new ArrayList<>();
    for (JsonNode port : vector.get("ports")) {
      expected.add(
          new PublishedPort(
              address(port.get("bind").asText()),
              port.get("host").asInt(),
              port.get("guest").asInt(),
              port.get("udp").asBoolean()));
    }
    assertThat(ports).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("wrongPublish")
  void shouldRefuseWhatIsNoPublishedPort(JsonNode word) {
    assertThatThrownBy(() -> PublishedPort.parse(word.asText()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-p " + word.asText())
        .hasMessageContaining("expected");
  }

  private static NetworkRules rulesOf(JsonNode vector) {
    return NetworkRules.of(
        vector.get("bridge").asBoolean(), texts(vector.get("allow")), texts(vector.get("addHost")));
  }

  private static Optional<InetSocketAddress> expectedTarget(JsonNode text) {
    if (text.isNull()) {
      return Optional.empty();
    }
    int colon = text.asText().lastIndexOf(':');
    String address = text.asText().substring(0, colon).replaceAll("[\\[\\]]", "");
    int port = Integer.parseInt(text.asText().substring(colon + 1));
    return Optional.of(new InetSocketAddress(address(address).toInetAddress(), port));
  }

  private static List<IpAddress> addresses(JsonNode texts) {
    return texts(texts).stream().map(RuleVectorsTest::address).toList();
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow(() -> new AssertionError(text));
  }

  private static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    node.forEach(one -> texts.add(one.asText()));
    return texts;
  }
}
