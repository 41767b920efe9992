package io.oci2wasm.runtime.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretProviderTest {
  @TempDir private Path directory;

  @Test
  void shouldGiveClientsTheContentOfTheFile() throws Exception {
    Path file = Files.writeString(directory.resolve("a:b"), "hunter2\n");

    ProducerConfig config = client("x password=\"${secret:" + file + "}\";");

    assertThat(config.getPassword("sasl.jaas.config"))
        .isEqualTo(new Password("x password=\"hunter2\";"));
    assertThat(config.values().toString()).doesNotContain("hunter2");
  }

  @Test
  void shouldSayWhichFileIsMissing() {
    Path file = directory.resolve("none");

    assertThatThrownBy(() -> client("${secret:" + file + "}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("secret file " + file + ": cannot be read");
  }

  private static ProducerConfig client(String jaas) {
    Map<String, Object> properties =
        new KafkaConfig(
                "127.0.0.1:1",
                1,
                (short) 1,
                Duration.ofSeconds(30),
                5,
                Map.of("sasl.jaas.config", jaas))
            .clientProperties();
    properties.put("key.serializer", ByteArraySerializer.class);
    properties.put("value.serializer", ByteArraySerializer.class);
    return new ProducerConfig(properties);
  }
}
