package io.oci2wasm.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamedPutTest {
  private static final int USUAL = 8 << 20;
  private static final long TIB = 1L << 40;

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 10_000L * USUAL})
  void shouldHavePartsOfTheUsualSizeWhereThatIsEnough(long size) throws Exception {
    assertThat(StreamedPut.partSize("key", size, USUAL)).isEqualTo(USUAL);
  }

  @ParameterizedTest
  @ValueSource(longs = {10_000L * USUAL + 1, 100L << 30, TIB, 5 * TIB})
  void shouldNeedNoMoreThanTenThousandParts(long size) throws Exception {
    int part = StreamedPut.partSize("key", size, USUAL);

    assertThat((size + part - 1) / part).isLessThanOrEqualTo(10_000);
    assertThat(part % (1 << 20)).isZero();
  }

  @Test
  void shouldRefuseForGoodWhatNoStoreTakes() {
    StoreUnavailableException e =
        catchThrowableOfType(
            StoreUnavailableException.class, () -> StreamedPut.partSize("key", 5 * TIB + 1, USUAL));

    assertThat(e.isRefused()).isTrue();
    assertThat(e).hasMessageContaining("expected at most 5497558138880");
  }
}
