package io.oci2wasm.cli.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A configuration of any bytes is read, or refused by a message: nothing else comes out. */
class PipelineConfigFuzz {
  static Stream<byte[]> configurations() throws IOException {
    return Stream.concat(
        Stream.of(Files.readAllBytes(Path.of("../docs/oci2wasm.reference.yaml"))),
        Stream.of(
                "kafka: {partitions: 4, lockDuration: 30s, properties: {a: b}}",
                "registries: {allow: [r.example], insecure: []}\nbuild: {maxBundle: 1g}",
                "store: {endpoint: 'http://h:1', partSize: 8m, accessKeyIdFile: /x}",
                "conversion: {rules: [{repository: 'a/**', tag: '?', convert: false}]}",
                "conversion: {platforms: [linux/riscv64]}\ngateway: {port: 0}",
                "&a [*a, !!int 1, ? x : y]",
                "")
            .map(text -> text.getBytes(UTF_8)));
  }

  @MethodSource("configurations")
  @FuzzTest
  void shouldReadOrRefuse(byte[] configuration) throws IOException {
    Path file = Files.createTempFile("config-fuzz", ".yaml");
    try {
      Files.write(file, configuration);
      PipelineConfig.read(file, Map.of());
    } catch (ConfigException refused) {
      String unused = refused.getMessage();
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
