package io.oci2wasm.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Glob;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.gateway.subscriber.SubscriberConfig;
import io.oci2wasm.gateway.subscriber.SubscriberConfig.Kind;
import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineConfigTest {
  private static final Path REFERENCE = Path.of("..", "docs", "oci2wasm.reference.yaml");

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void shouldHaveTheDefaultsThatTheReferenceNames() {
    PipelineConfig read = PipelineConfig.read(REFERENCE, Map.of());

    assertThat(read).isEqualTo(PipelineConfig.DEFAULT);
  }

  @Test
  void shouldAcceptEveryKeyThatTheReferenceCommentsOut() throws IOException {
    // But for the public key of a signer, which stands in the place of a signing key.
    String everything =
        Files.readAllLines(REFERENCE).stream()
            .map(line -> line.replaceFirst("^( +)# (?!publicKey)([a-zA-Z]+: \\S+)$", "$1$2"))
            .collect(Collectors.joining("\n"));

    PipelineConfig read = read(everything, Map.of());

    assertThat(read.store().endpoint()).isEqualTo(URI.create("http://127.0.0.1:9000"));
    assertThat(read.store().accessKeyIdFile()).hasFileName("s3-access-key-id");
    assertThat(read.gateway().webhookSecretFile()).hasFileName("webhook-secret");
    assertThat(read.gateway().apiTokenFile()).hasFileName("api-token");
    assertThat(read.gateway().database().url())
        .isEqualTo("jdbc:postgresql://127.0.0.1:5432/oci2wasm");
    assertThat(read.gateway().database().directory()).hasFileName("state");
    assertThat(read.gateway().database().keep()).hasHours(2160);
    assertThat(read.gateway().webhooks().quay().secretFile()).hasFileName("quay");
    assertThat(read.gateway().webhooks().ecr().header()).isEqualTo("X-Api-Key");
    assertThat(read.gateway().webhooks().zot().registry()).isEqualTo("zot.example:5000");
    assertThat(read.gateway().webhooks().gar().keysFile()).hasFileName("google-keys.json");
    assertThat(read.registries().dockerConfig()).hasFileName("docker-config");
    assertThat(read.build().scratch()).hasFileName("oci2wasm");
    assertThat(read.conversion().memory()).isEqualTo(GuestMemory.parse("512m"));
  }

  @Test
  void shouldAcceptTheConfigurationOfTheKubernetesManifests() {
    PipelineConfig read =
        PipelineConfig.read(
            Path.of("..", "docs", "deploy", "kubernetes", "oci2wasm.yaml"), Map.of());

    assertThat(read.gateway().database().url()).startsWith("jdbc:postgresql:");
    assertThat(read.gateway().webhookSecretFile()).hasFileName("webhook-secret");
    assertThat(read.build().work().drain()).hasMinutes(4);
    assertThat(read.monitor().host()).isEqualTo("0.0.0.0");
  }

  @Test
  void shouldPreferTheEnvironment() throws IOException {
    PipelineConfig read =
        read(
            "kafka: {bootstrapServers: 'file:1', partitions: 2}",
            Map.of(
                "OCI2WASM_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092",
                "OCI2WASM_STORE_ENDPOINT", "http://s3:8333",
                "OCI2WASM_REGISTRIES_ALLOW", "a.example, b.example:5000",
                "OCI2WASM_GATEWAY_PORT", "9000",
                "OCI2WASM_GATEWAY_WEBHOOKS_ZOT_REGISTRY", "zot.example",
                "OCI2WASM_GATEWAY_WEBHOOKS_HARBOR_OWN_ACTORS", "robot$a, robot$b",
                "OCI2WASM_INGEST_WORK_RETRY_FOR", "90s"));

    assertThat(read.kafka().bootstrapServers()).isEqualTo("kafka:9092");
    assertThat(read.kafka().partitions()).isEqualTo(2);
    assertThat(read.store().endpoint()).isEqualTo(URI.create("http://s3:8333"));
    assertThat(read.registries().allow()).isEqualTo(List.of("a.example", "b.example:5000"));
    assertThat(read.gateway().port()).isEqualTo(9000);
    assertThat(read.gateway().webhooks().zot().registry()).isEqualTo("zot.example");
    assertThat(read.gateway().webhooks().harbor().ownActors())
        .isEqualTo(List.of("robot$a", "robot$b"));
    assertThat(read.ingest().work().retryFor()).hasSeconds(90);
  }

  @Test
  void shouldAcceptTheRulesThatTheReferenceShows() throws IOException {
    String shown =
        Files.readAllLines(REFERENCE).stream()
            .map(line -> line.replaceFirst("^  rules: \\[\\]$", "  rules:"))
            .map(line -> line.replaceFirst("^  #  (- \\{re.*)$", "    $1"))
            .collect(Collectors.joining("\n"));

    assertThat(read(shown, Map.of()).conversion().rules())
        .extracting(rule -> String.valueOf(rule.repository()))
        .containsExactly("team/*", "edge/**", "team/java/**");
  }

  @Test
  void shouldReadRulesInTheirOrder() throws IOException {
    PipelineConfig read =
        read(
            """
            conversion:
              platforms: [linux/riscv64]
              rules:
                - {repository: "team/*", tag: "*-debug", convert: false}
                - {registry: "registry.example:*", platforms: [linux/riscv64]}
            """,
            Map.of());

    assertThat(read.conversion().rules())
        .containsExactly(
            new ConversionRule(null, Glob.parse("team/*"), Glob.parse("*-debug"), List.of(), false),
            new ConversionRule(
                Glob.parse("registry.example:*"),
                null,
                null,
                List.of(Platform.parse("linux/riscv64")),
                null));
  }

  @Test
  void shouldReadMemoryOfAllAndOfARule() throws IOException {
    PipelineConfig read =
        read(
            "conversion: {rules: [{repository: 'java/**', memory: 1g}, {tag: x, memory: 67108864}]}",
            Map.of("OCI2WASM_CONVERSION_MEMORY", "512m"));

    assertThat(read.conversion().memory()).isEqualTo(GuestMemory.parse("512m"));
    assertThat(read.conversion().rules())
        .extracting(ConversionRule::memory)
        .containsExactly(GuestMemory.parse("1g"), GuestMemory.parse("64m"));
  }

  @Test
  void shouldTrainNothingUnlessToldTo() throws IOException {
    assertThat(PipelineConfig.DEFAULT.conversion().translate()).isNull();
    assertThat(read("conversion: {rules: [{tag: x}]}", Map.of()).conversion().rules())
        .extracting(ConversionRule::translate)
        .containsOnlyNulls();
  }

  @Test
  void shouldReadHowBundlesAreTrained() throws IOException {
    PipelineConfig read =
        read(
            """
            conversion:
              translate: {}
              rules:
                - repository: "java/**"
                  translate: {commands: ["sh -c 'make test'", ls], time: 2m, memory: 256m, simd: true}
            translate: {maxTime: 5m, maxMemory: 512m, work: {concurrency: 2}}
            """,
            Map.of());

    assertThat(read.conversion().translate())
        .isEqualTo(new Training(List.of(), TrainingTime.DEFAULT, null, null));
    assertThat(read.conversion().rules().get(0).translate())
        .isEqualTo(
            new Training(
                List.of("sh -c 'make test'", "ls"),
                TrainingTime.parse("2m"),
                GuestMemory.parse("256m"),
                true));
    assertThat(read.translate().maxTime()).isEqualTo(Duration.ofMinutes(5));
    assertThat(read.translate().maxMemory()).isEqualTo(GuestMemory.parse("512m"));
    assertThat(read.translate().work().concurrency()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "conversion: {translate: {time: 1h}};conversion.translate.time: time: found \"1h\"",
        "conversion: {translate: {commands: ['sh -c ''x']}};conversion.translate: commands: \"sh",
        "conversion: {translate: {minutes: 3}};key conversion.translate.minutes: found an unknown",
        "conversion: {translate: {simd: 3}};key conversion.translate.simd: Cannot coerce Integer",
        "conversion: {translate: {simd: maybe}};key conversion.translate.simd: Cannot deserialize",
        "conversion: {rules: [{translate: {simd: 1}}]};conversion.rules.[0].translate.simd: Cannot",
        "conversion: {translate: true};key conversion.translate: ",
        "conversion: {translate: {memory: 1}};conversion.translate.memory: memory: found 1",
        "translate: {maxMemory: 2g};translate: maxMemory: found 2048m, expected 64m to 1536m",
        "translate: {maxTime: 0s};translate: maxTime: found nothing, expected 1ms or more",
      })
  void shouldSayWhatIsWrongWithATraining(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldReadDeliveriesAndSubscribers() throws IOException {
    PipelineConfig read =
        read(
            """
            delivery: {images: ["registry.example/team/**"], work: {concurrency: 4}}
            gateway:
              subscribers:
                - {name: all, url: "https://all.example/x", secretFile: /run/secrets/all}
                - name: some
                  url: http://127.0.0.1:9/y
                  secretFile: /run/secrets/some
                  events: [built, failed]
                  timeout: 3s
                  retryFor: 2m
            """,
            Map.of());

    assertThat(read.delivery().enabled()).isTrue();
    assertThat(read.delivery().work().concurrency()).isEqualTo(4);
    assertThat(read.gateway().subscribers())
        .extracting(SubscriberConfig::name)
        .containsExactly("all", "some");
    assertThat(read.gateway().subscribers().get(0).events()).containsExactly(Kind.values());
    assertThat(read.gateway().subscribers().get(0).retryFor()).hasHours(1);
    assertThat(read.gateway().subscribers().get(1).events())
        .containsExactly(Kind.BUILT, Kind.FAILED);
    assertThat(read.gateway().subscribers().get(1).timeout()).hasSeconds(3);
  }

  @Test
  void shouldReadASizeWithoutUnit() throws IOException {
    assertThat(read("gateway: {bodyLimit: 4096}", Map.of()).gateway().bodyLimit())
        .hasToString("4k");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kafka: {partitionz: 3}          | kafka.partitionz       | unknown key",
        "nonsense: 1                     | nonsense               | unknown key",
        "kafka: {partitions: many}       | kafka.partitions       | many",
        "kafka: {partitions: 0}          | kafka                  | partitions: found 0, expected 1 or more",
        "kafka: {lockDuration: 30}       | kafka.lockDuration     | found \"30\", expected a number with ms, s, m or h",
        "store: {partSize: 8q}           | store.partSize         | size: found \"8q\"",
        "gateway: {bodyLimit: -1}        | gateway.bodyLimit      | size: found \"-1\"",
        "store: {partSize: 1m}           | store                  | partSize: found 1m, expected 5m",
        "store: {accessKeyIdFile: /x}    | store                  | found one, expected both or none",
        "gateway: {port: 70000}          | gateway                | port: found 70000",
        "gateway: {host: }               | gateway.host           | found no value",
        "gateway: {database: {url: 'mysql:x'}} | gateway.database | found \"mysql:x\", expected jdbc:postgresql",
        "gateway: {database: {keep: 5m}} | gateway.database       | keep: found 300s, expected 1h or more",
        "gateway: {bodyLimit: 12m}       | gateway                | bodyLimit: found 12m, expected at most 11m",
        "gateway: {bodies: {timeout: 10ms}} | gateway.bodies      | timeout: found 10ms, expected 1s or more",
        "gateway: {hosts: ['a.example:80']} | gateway             | hosts: found \"a.example:80\", expected a name without port",
        "delivery: {images: ['a b']}     | delivery.images.[0]    | glob: found \"a b\"",
        "gateway: {subscribers: [{name: a, url: 'https://a.example'}]} | gateway.subscribers.[0] | found no secretFile",
        "gateway: {subscribers: [{name: a, url: 'http://a.example/x', secretFile: /x}]} | gateway.subscribers.[0] | url of subscriber a: found http beyond loopback",
        "gateway: {subscribers: [{name: a, url: 'https://a.example', secretFile: /x, events: [pushed]}]} | gateway.subscribers.[0].events.[0] | pushed",
        "gateway: {webhooks: {nexus: {}}} | gateway.webhooks.nexus | unknown key",
        "ingest: {work: {concurrency: 0}} | ingest.work           | concurrency: found 0",
        "conversion: {platforms: [riscv64]} | conversion.platforms.[0] | platform: found \"riscv64\"",
        "scan: {every: 1h}               | scan                   | found every without registries",
        "conversion: {rules: [{repository: 'team/*', tags: x}]} | conversion.rules.[0].tags | unknown key",
        "conversion: {rules: [{repository: 'team/{a}'}]} | conversion.rules.[0].repository | glob: found \"team/{a}\"",
        "conversion: {rules: [{tag: }]}  | conversion.rules.[0].tag | found no value",
        "conversion: {rules: [{convert: maybe}]} | conversion.rules.[0].convert | maybe",
        "conversion: {rules: [{convert: false, platforms: [linux/amd64]}]} | conversion.rules.[0] | beside convert: false",
        "conversion: {memory: 32m}       | conversion.memory      | memory: found 32m, expected 64m to 3g",
        "conversion: {rules: [{tag: a}, {tag: b, memory: 4g}]} | conversion.rules.[1].memory | memory: found 4096m, expected 64m to 3g",
        "conversion: {rules: [{memory: lots}]} | conversion.rules.[0].memory | size: found \"lots\"",
        "conversion: {rules: [{convert: false, memory: 1g}]} | conversion.rules.[0] | memory: found 1024m beside convert: false",
        "conversion: {rules: [{platforms: [linux/s390x]}]} | conversion | rules[0] (every image): found platform linux/s390x",
        "conversion: {rules: [{repository: '**'}, {tag: '1'}]} | conversion | rules[1] (tag: 1): found no image that it could match",
        "kafka: none                     | kafka                  | expected a mapping",
        "[1, 2]                          | top                    | expected a mapping",
        "a: b: c                         | configuration          | no valid YAML",
      })
  void shouldNameTheKeyThatIsWrong(String yaml, String key, String problem) {
    assertThatThrownBy(() -> read(yaml, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(directory.resolve("config.yaml").toString())
        .hasMessageContaining(key)
        .hasMessageContaining(problem);
  }

  @Test
  void shouldNameAFileThatIsMissing() {
    Path missing = directory.resolve("missing.yaml");

    assertThatThrownBy(() -> PipelineConfig.read(missing, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("cannot be read");
  }

  private PipelineConfig read(String yaml, Map<String, String> environment) throws IOException {
    Path file = directory.resolve("config.yaml");
    Files.writeString(file, yaml);
    return PipelineConfig.read(file, environment);
  }
}
