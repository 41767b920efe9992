package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
  @ParameterizedTest
  @CsvSource({
    "bytes=0-0,0,0",
    "bytes=0-99,0,99",
    "bytes=10-,10,99",
    "bytes=10-500,10,99",
    "bytes=-10,90,99",
    "bytes=-500,0,99",
    "bytes=99-99,99,99",
  })
  void shouldHaveTheBytesThatAreAskedFor(String header, long first, long last) throws Exception {
    ByteRange range = ByteRange.parse(header, 100).orElseThrow();

    assertThat(range).isEqualTo(new ByteRange(first, last));
    assertThat(range.of(100)).isEqualTo("bytes " + first + "-" + last + "/100");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "x"})
  void shouldBeTheWholeOfWhatCannotBeAnswered(String header) throws Exception {
    assertThat(ByteRange.parse(header, 100)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=-0"})
  void shouldRefuseWhatLiesBeyond(String header) {
    assertThatThrownBy(() -> ByteRange.parse(header, 100))
        .isInstanceOf(ByteRange.UnsatisfiableException.class);
  }
}
