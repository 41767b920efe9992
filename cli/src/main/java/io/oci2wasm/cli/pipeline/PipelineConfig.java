package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.build.BuildConfig;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.batch.ScanConfig;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.ingest.IngestConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.ingest.delivery.DeliveryConfig;
import io.oci2wasm.resolve.ResolveConfig;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.store.StoreConfig;
import java.nio.file.Path;
import java.util.Map;
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
          new MonitorConfig("127.0.0.1", 9464),
          RetentionConfig.DEFAULT,
          DeliveryConfig.DEFAULT,
          ScanConfig.DEFAULT);

  /** Where a worker process serves its metrics and health. */
  public record MonitorConfig(String host, int port) {
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

  /** The same with other places for Kafka and objects. */
  public PipelineConfig with(KafkaConfig kafka, StoreConfig store) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }

  /** The same with another gateway. */
  public PipelineConfig with(GatewayConfig gateway) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }

  /** The same with other registries. */
  public PipelineConfig with(RegistriesConfig registries) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }

  /** The same with other rules of retention. */
  public PipelineConfig with(RetentionConfig retention) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }

  /** The same with other scans. */
  public PipelineConfig with(ScanConfig scan) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }

  /** The same with other rules of conversion. */
  public PipelineConfig with(ConversionRules conversion) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }

  /** The same with another build-worker. */
  public PipelineConfig with(BuildConfig build) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }

  /** The same with other deliveries. */
  public PipelineConfig with(DeliveryConfig delivery) {
    return new PipelineConfig(
        kafka,
        store,
        registries,
        conversion,
        gateway,
        ingest,
        resolve,
        build,
        monitor,
        retention,
        delivery,
        scan);
  }
}
