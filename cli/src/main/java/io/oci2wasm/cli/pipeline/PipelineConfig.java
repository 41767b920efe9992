package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.buildworker.BuildConfig;
import io.oci2wasm.buildworker.BundlesConfig;
import io.oci2wasm.buildworker.TranslateConfig;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.batch.ScanConfig;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.ingest.IngestConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.ingest.delivery.DeliveryConfig;
import io.oci2wasm.resolve.ResolveConfig;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.store.StoreConfig;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One file for all parts (docs/oci2wasm.reference.yaml); each part reads its sections. */
public record PipelineConfig(
    KafkaConfig kafka,
    StoreConfig store,
    RegistriesConfig registries,
    ConversionRules conversion,
    GatewayConfig gateway,
    IngestConfig ingest,
    ResolveConfig resolve,
    BuildConfig build,
    TranslateConfig translate,
    BundlesConfig bundles,
    MonitorConfig monitor,
    RetentionConfig retention,
    DeliveryConfig delivery,
    ScanConfig scan) {
  public static final PipelineConfig DEFAULT =
      new PipelineConfig(
          KafkaConfig.DEFAULT,
          StoreConfig.DEFAULT,
          RegistriesConfig.DEFAULT,
          ConversionRules.DEFAULT,
          GatewayConfig.DEFAULT,
          IngestConfig.DEFAULT,
          ResolveConfig.DEFAULT,
          BuildConfig.DEFAULT,
          TranslateConfig.DEFAULT,
          BundlesConfig.DEFAULT,
          ConfigFile.defaults(MonitorConfig.class),
          RetentionConfig.DEFAULT,
          DeliveryConfig.DEFAULT,
          ScanConfig.DEFAULT);

  /** Where a worker process serves its metrics and health. */
  public record MonitorConfig(
      @ConfigKey(meaning = "The address to listen on.", byDefault = "127.0.0.1") String host,
      @ConfigKey(meaning = "0 selects a free port.", byDefault = "9464") int port) {
    public MonitorConfig {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("port: found " + port + ", expected 0 to 65535");
      }
    }
  }

  /**
   * Reads a configuration.
   *
   * @param file null means defaults and environment only
   * @throws io.oci2wasm.runtime.config.ConfigException if it is no good
   */
  public static PipelineConfig read(@Nullable Path file, Map<String, String> environment) {
    return ConfigFile.read(file, environment, DEFAULT, PipelineConfig.class);
  }

  /**
   * The same with another section.
   *
   * @throws IllegalArgumentException if there is no section of its class
   */
  public PipelineConfig with(Record section) {
    String key =
        Stream.of(PipelineConfig.class.getRecordComponents())
            .filter(component -> component.getType() == section.getClass())
            .map(RecordComponent::getName)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(section.getClass() + " is no section"));
    return ConfigFile.with(this, key, section);
  }
}
