package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreSizesTest {
  private boolean away;
  private final MemoryBucket bucket =
      new MemoryBucket(Clock.systemUTC()) {
        @Override
        public void visit(String prefix, ImageFacts.Visitor<StoredObject> visitor)
            throws IOException {
          if (away) {
            throw new IOException("the store is away");
          }
          super.visit(prefix, visitor);
        }
      };
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final StoreSizes sizes = new StoreSizes(bucket, metrics);

  @AfterEach
  void close() {
    sizes.close();
  }

  private double value(String name, String kind) {
    return metrics.get(name).tag("kind", kind).gauge().value();
  }

  @Test
  void shouldTellHowMuchOfEachKindThereIs() {
    bucket.put("layers/a/1/data", "12345");
    bucket.put("layers/a/1/index", "123");
    bucket.put("snapshots/20261124T100000Z-x", "1");
    bucket.put("of-somebody-else/x", "1");
    assertThat(value("oci2wasm.store", "layers")).as("before the first look").isNaN();

    sizes.look();

    assertThat(value("oci2wasm.store", "layers")).isEqualTo(8);
    assertThat(value("oci2wasm.store.objects", "layers")).isEqualTo(2);
    assertThat(value("oci2wasm.store.objects", "snapshots")).isEqualTo(1);
    assertThat(value("oci2wasm.store.objects", "bundles")).isZero();
    assertThat(metrics.find("oci2wasm.store").tag("kind", "of-somebody-else").gauge()).isNull();
  }

  @Test
  void shouldTellNothingOldWhereTheStoreIsAway() {
    bucket.put("blobs/sha256/a", "1");
    sizes.look();
    away = true;

    sizes.look();

    assertThat(value("oci2wasm.store.objects", "blobs")).isNaN();
  }

  @ParameterizedTest
  @CsvSource({
    "PT0.02S, 0, PT30S",
    "PT2.9S, 900, PT30S",
    "PT12S, 900, PT2M",
    "PT0.5S, 100000, PT5M",
    "PT10M, 900, PT1H",
    "PT0.5S, 100000000, PT1H"
  })
  void shouldLookMoreSeldomWhereThereIsMuchToLookAt(Duration look, long objects, Duration pause) {
    assertThat(StoreSizes.pauseAfter(look, objects)).isEqualTo(pause);
  }
}
