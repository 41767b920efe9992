package io.oci2wasm.runtime.event;

import io.oci2wasm.runtime.config.SecretFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.provider.ConfigProvider;

/**
 * Allows a Kafka property to name a file with a secret, as other keys do: {@code
 * ${secret:/run/secrets/kafka-password}} stands for what the file holds (KIP-297).
 */
public final class SecretProvider implements ConfigProvider {
  @Override
  public ConfigData get(String path) {
    return new ConfigData(Map.of());
  }

  @Override
  public ConfigData get(String path, Set<String> files) {
    return new ConfigData(
        files.stream().collect(Collectors.toMap(file -> file, file -> read(path, file))));
  }

  /** A colon in the file's name is taken for the end of a path. */
  private static String read(String path, String file) {
    return SecretFile.read(Path.of(path.isEmpty() ? file : path + ":" + file));
  }

  @Override
  public void configure(Map<String, ?> settings) {}

  @Override
  public void close() {}
}
