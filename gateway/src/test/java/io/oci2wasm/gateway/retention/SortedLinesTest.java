package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Sha256Digest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SortedLinesTest {
  @TempDir private Path directory;

  @Test
  void shouldGiveEachLineOnceInOrderWhateverGoesToFiles() throws Exception {
    Random random = new Random(7);
    TreeSet<String> expected = new TreeSet<>();
    try (SortedLines lines = new SortedLines(directory)) {
      for (int i = 0; i < 300_000; i++) {
        String line = "key" + random.nextInt(200_000) + "\tfield";
        expected.add(line);
        lines.add(line);
      }
      assertThat(files()).isNotEmpty();
      List<String> found = new ArrayList<>();
      SortedLines.Cursor cursor = lines.read();
      for (String line = cursor.next(); line != null; line = cursor.next()) {
        found.add(line);
      }

      assertThat(found).containsExactlyElementsOf(expected);
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void shouldRememberDocumentsOfEachTurnHoweverMany() throws Exception {
    try (DocumentTable table = new DocumentTable(directory)) {
      for (int i = 0; i < 20_000; i++) {
        assertThat(table.enter(digest(i), 1)).isTrue();
        table.setHeight(digest(i), i + 1);
      }
      for (int i = 0; i < 20_000; i++) {
        assertThat(table.enter(digest(i), 1)).isFalse();
        assertThat(table.enter(digest(i), 2)).isTrue();
        assertThat(table.height(digest(i))).isEqualTo(i + 1);
      }
      assertThat(table.height(digest(-1))).isZero();
    }
    assertThat(files()).isEmpty();
  }

  private static Sha256Digest digest(int number) {
    return Sha256Digest.of(ByteBuffer.allocate(4).putInt(number).array());
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }
}
