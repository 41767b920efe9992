package io.oci2wasm.runtime.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BoundedLabelTest {
  private final BoundedLabel label = new BoundedLabel();

  @Test
  void shouldKeepTheFirstValuesAndPutTheRestTogether() {
    Set<String> labels = new HashSet<>();
    for (int i = 0; i < 10 * BoundedLabel.MOST; i++) {
      labels.add(label.of("registry-" + i + ".example"));
    }

    assertThat(labels)
        .hasSize(BoundedLabel.MOST + 1)
        .contains("registry-0.example", BoundedLabel.OTHERS)
        .doesNotContain("registry-" + BoundedLabel.MOST + ".example");
    assertThat(label.of("registry-0.example")).isEqualTo("registry-0.example");
  }
}
