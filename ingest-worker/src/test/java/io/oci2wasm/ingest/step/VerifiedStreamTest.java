package io.oci2wasm.ingest.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class VerifiedStreamTest {
  private static final byte[] CONTENT = "the layer's bytes".getBytes(StandardCharsets.UTF_8);
  private static final Descriptor DESCRIPTOR =
      new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(CONTENT), CONTENT.length);

  @Test
  void shouldAcceptTheBytesAnnounced() throws IOException {
    VerifiedStream stream = stream(CONTENT);

    byte[] read = stream.readAllBytes();

    assertThat(read).isEqualTo(CONTENT);
    assertThat(stream.count()).isEqualTo(CONTENT.length);
    assertThatCode(stream::check).doesNotThrowAnyException();
  }

  @Test
  void shouldAcceptThemReadOneByOne() throws IOException {
    VerifiedStream stream = stream(CONTENT);
    while (stream.read() >= 0) {
      // only reading
    }

    assertThatCode(stream::check).doesNotThrowAnyException();
  }

  @Test
  void shouldRejectOtherBytes() throws IOException {
    byte[] other = CONTENT.clone();
    other[3] ^= 1;

    assertMismatch(other, Sha256Digest.of(other) + " of " + CONTENT.length + " bytes");
  }

  @Test
  void shouldRejectFewerBytes() throws IOException {
    byte[] fewer = Arrays.copyOf(CONTENT, CONTENT.length - 1);

    assertMismatch(fewer, Sha256Digest.of(fewer) + " of " + fewer.length + " bytes");
  }

  @Test
  void shouldRejectMoreBytes() throws IOException {
    byte[] more = Arrays.copyOf(CONTENT, CONTENT.length + 1);

    assertMismatch(more, "more than " + CONTENT.length + " bytes");
  }

  @Test
  void shouldNotReadForEver() throws IOException {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }
        };
    VerifiedStream stream = VerifiedStream.of(endless, DESCRIPTOR);

    byte[] read = stream.readAllBytes();

    assertThat(read).hasSize(CONTENT.length + 1);
    assertThatThrownBy(stream::check).isInstanceOf(RejectedException.class);
  }

  private static VerifiedStream stream(byte[] content) throws IOException {
    return VerifiedStream.of(new ByteArrayInputStream(content), DESCRIPTOR);
  }

  private static void assertMismatch(byte[] content, String found) throws IOException {
    VerifiedStream stream = stream(content);
    stream.readAllBytes();

    assertThatThrownBy(stream::check)
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH))
        .hasMessageContaining("fetching blob " + DESCRIPTOR.digest())
        .hasMessageContaining("found " + found)
        .hasMessageContaining("push the image again");
  }
}
