package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BundlePartsTest {
  private final List<Integer> asked = new ArrayList<>();
  private final MemoryBucket bucket =
      new MemoryBucket(Clock.systemUTC()) {
        @Override
        public Map<String, byte[]> bytes(Collection<String> keys, int limit) {
          asked.add(keys.size());
          return super.bytes(keys, limit);
        }
      };

  @Test
  void shouldReadTheDescriptionsOfManyBundlesTogether() throws Exception {
    List<String> bundles = new ArrayList<>();
    List<String> engines = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      String id = String.format("%064x", i);
      Sha256Digest engine = Sha256Digest.of(id.getBytes(StandardCharsets.UTF_8));
      bucket.put(
          ObjectKeys.bundleDescription(id),
          "{\"recipe\":{},\"packer\":\"1\",\"converterVersion\":\"1\",\"layers\":[],"
              + "\"engine\":{\"digest\":\""
              + engine
              + "\"}}");
      bundles.add(ObjectKeys.bundle(id));
      engines.add(ObjectKeys.engine(engine));
    }
    bundles.add(ObjectKeys.bundle("f".repeat(64)));

    Set<String> parts = BundleParts.of(bucket, bundles);

    assertThat(parts).containsAll(engines).hasSize(engines.size() + 1);
    assertThat(asked).hasSize(3);
    assertThat(BundleParts.of(bucket, List.of())).isEmpty();
  }
}
