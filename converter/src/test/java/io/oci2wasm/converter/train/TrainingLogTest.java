package io.oci2wasm.converter.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.train.Recording.Edge;
import io.oci2wasm.converter.train.Recording.Leader;
import io.oci2wasm.converter.train.Recording.Page;
import io.oci2wasm.converter.train.TranslationJob.Hosts;
import io.oci2wasm.converter.wasm.ModuleExtension;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingLogTest {
  private static final Sha256Digest ENGINE = Sha256Digest.of(new byte[] {1});
  private static final EngineNumbers NUMBERS = new EngineNumbers(5, 6, 7, 100);

  private static byte[] page(int content) {
    byte[] page = new byte[Recording.PAGE_BYTES];
    Arrays.fill(page, (byte) content);
    return page;
  }

  private static Sha256Digest digest(int content) {
    return Sha256Digest.of(page(content));
  }

  /** Two pages side by side, one of a file that is mapped elsewhere. */
  private static Recording recording() {
    return new Recording(
        List.of(new Page(0, digest(1)), new Page(1L << 40, digest(3)), new Page(-4096, digest(2))),
        List.of(
            new Leader(0, 16, 1000, 0),
            new Leader(1, 32, 900, 1),
            new Leader(2, 48, 800, 0),
            new Leader(0, 64, 700, 1)),
        List.of(new Edge(0, 1), new Edge(2, 3), new Edge(3, 0)));
  }

  @Test
  void shouldReadWhatItHasWritten() throws Exception {
    // Given
    TrainingLog log = new TrainingLog(ENGINE, List.of(recording(), recording()));

    // When, Then
    assertThat(TrainingLog.parse(log.encode())).isEqualTo(log);
  }

  @Test
  void shouldRefuseDamagedLogsInWords() throws Exception {
    // Given
    byte[] log = new TrainingLog(ENGINE, List.of(recording())).encode();
    byte[] longer = Arrays.copyOf(log, log.length + 1);

    // When, Then
    assertThatThrownBy(() -> TrainingLog.parse(longer))
        .isInstanceOf(IOException.class)
        .hasMessage("found 1 bytes behind its end, expected a training log");
    assertThatThrownBy(() -> TrainingLog.parse(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))
        .isInstanceOf(IOException.class)
        .hasMessage("found other bytes at its beginning, expected a training log");
    for (int length = 0; length < log.length; length++) {
      byte[] cut = Arrays.copyOf(log, length);
      assertThatThrownBy(() -> TrainingLog.parse(cut)).isInstanceOf(IOException.class);
    }
    for (int at = 0; at < log.length; at++) {
      byte[] damaged = log.clone();
      damaged[at] ^= (byte) 0x80;
      Throwable thrown = catchThrowable(() -> TrainingLog.parse(damaged));
      assertThat(thrown == null || thrown instanceof IOException).as("byte " + at).isTrue();
    }
  }

  @Test
  void shouldDivideWhatLiesFarApart() {
    // When
    TrainingLog log = TrainingLog.of(ENGINE, List.of(recording()));

    // Then
    assertThat(log.recordings())
        .containsExactly(
            new Recording(
                List.of(new Page(0, digest(1)), new Page(-4096, digest(2))),
                List.of(
                    new Leader(0, 16, 1000, 0),
                    new Leader(1, 48, 800, 0),
                    new Leader(0, 64, 700, 1)),
                List.of(new Edge(1, 2), new Edge(2, 0))),
            new Recording(
                List.of(new Page(0, digest(3))), List.of(new Leader(0, 32, 900, 1)), List.of()));
  }

  @Test
  void shouldTakeDigestsOfWhatAnEngineTells() {
    // Given
    ByteBuffer told =
        ByteBuffer.allocate(16 + 16 + 16 + 4 + Recording.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    told.putInt(1).putInt(1).putInt(1).putInt(0);
    told.putLong(0).putInt(0).putInt(0);
    told.putInt(0).putInt(8).putInt(500).putInt(0);
    told.putShort((short) 0).putShort((short) 0);
    told.put(page(9));

    // When, Then
    assertThat(Recording.ofEngine(told.array()))
        .isEqualTo(
            new Recording(
                List.of(new Page(0, digest(9))),
                List.of(new Leader(0, 8, 500, 0)),
                List.of(new Edge(0, 0))));
    assertThatThrownBy(() -> Recording.ofEngine(Arrays.copyOf(told.array(), 100)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("recording: found its end too soon");
  }

  @Test
  void shouldFindPagesAmongBlocks() throws Exception {
    // Given
    ByteBuffer image = ByteBuffer.allocate(3 * Recording.PAGE_BYTES);
    image.put(page(1)).put(page(2)).put(page(3));

    // When
    FilePages found =
        FilePages.find(
            Channels.newChannel(new ByteArrayInputStream(image.array())),
            Set.of(digest(2), digest(4)),
            block -> null);

    // Then
    assertThat(found.bytes()).containsOnlyKeys(digest(2));
    assertThat(found.bytes().get(digest(2))).isEqualTo(page(2));
  }

  @ParameterizedTest
  @CsvSource({"ALL, 160, 0", "WITH_VECTORS, 1000, 1"})
  void shouldLeaveOutOfAJobWhatNoFileHas(Hosts hosts, int unitLimit, int simd) {
    // Given
    Recording lost =
        new Recording(
            List.of(new Page(0, digest(4))), List.of(new Leader(0, 0, 1000, 0)), List.of());
    TrainingLog log = TrainingLog.of(ENGINE, List.of(recording(), lost));

    // When
    TranslationJob job =
        TranslationJob.of(log, Map.of(digest(2), page(2), digest(3), page(3)), NUMBERS, hosts);

    // Then
    assertThat(job.recordings()).isEqualTo(2);
    assertThat(job.pages()).isEqualTo(2);
    assertThat(job.droppedPages()).isEqualTo(2);
    assertThat(job.droppedRecordings()).isEqualTo(1);
    byte[] bytes = new byte[job.bytes().remaining()];
    job.bytes().duplicate().get(bytes);
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int[] header = new int[9];
    for (int i = 0; i < header.length; i++) {
      header[i] = in.getInt();
    }
    assertThat(header).containsExactly(0x4a32574f, 5, 6, 7, 100, unitLimit, simd, 2, 2);
    assertThat(Arrays.copyOfRange(bytes, 36, 36 + 2 * Recording.PAGE_BYTES))
        .startsWith(page(2))
        .endsWith(page(3));
    assertThat(bytes).hasSize(36 + 2 * Recording.PAGE_BYTES + 2 * (16 + 16 + 16));
  }

  @Test
  void shouldTakeNoMorePagesThanAnEngineHasRoomFor() {
    // Given
    Map<Sha256Digest, byte[]> pages = new HashMap<>();
    Recording[] recordings = new Recording[769];
    for (int i = 0; i < recordings.length; i++) {
      byte[] page = ByteBuffer.allocate(Recording.PAGE_BYTES).putInt(i).array();
      pages.put(Sha256Digest.of(page), page);
      recordings[i] =
          new Recording(
              List.of(new Page(0, Sha256Digest.of(page))),
              List.of(new Leader(0, 0, 1000, 0)),
              List.of());
    }

    // When
    TranslationJob job =
        TranslationJob.of(TrainingLog.of(ENGINE, List.of(recordings)), pages, NUMBERS, Hosts.ALL);

    // Then
    assertThat(job.pages()).isEqualTo(768);
    assertThat(job.droppedRecordings()).isEqualTo(1);
    assertThat(job.droppedPages()).isZero();
  }

  @Test
  void shouldReadResultsAndRefuseOthers() throws Exception {
    // Given
    ByteBuffer result = ByteBuffer.allocate(16 + 3 + 8 + 2).order(ByteOrder.LITTLE_ENDIAN);
    result.putInt(0x5232574f).putInt(1).putInt(3).putInt(1);
    result.put(new byte[] {2, 0, 0x0b}).putInt(4096).putInt(2).put(new byte[] {7, 8});

    // When
    Translations translations = Translations.parse(result.array());

    // Then
    assertThat(translations.units()).isEqualTo(1);
    assertThat(translations.bodies()).isEqualTo(ByteBuffer.wrap(new byte[] {2, 0, 0x0b}));
    assertThat(translations.pieces())
        .containsExactly(new ModuleExtension.Piece(4096, ByteBuffer.wrap(new byte[] {7, 8})));
    for (int length = 0; length < result.capacity(); length++) {
      byte[] cut = Arrays.copyOf(result.array(), length);
      assertThatThrownBy(() -> Translations.parse(cut)).isInstanceOf(IOException.class);
    }
  }
}
