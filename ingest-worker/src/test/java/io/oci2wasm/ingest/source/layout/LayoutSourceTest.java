package io.oci2wasm.ingest.source.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageManifest;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.ingest.source.TestLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutSourceTest {
  @TempDir Path folder;

  @Test
  void shouldReadTheOnlyImageWithoutATag() throws Exception {
    // Given
    TestLayout layout = new TestLayout(folder);
    Descriptor image = layout.addImage("1", "file");
    layout.write();
    LayoutSource source = source(null);

    // When
    ImageManifest manifest = OciDocuments.manifest(image, source.manifest(source.root()));

    // Then
    assertThat(source.root()).isEqualTo(image);
    try (InputStream blob = source.blob(manifest.layers().get(0))) {
      assertThat(blob.readAllBytes()).isEqualTo(TestLayout.layer("file"));
    }
  }

  @Test
  void shouldChooseByTag() throws Exception {
    // Given
    TestLayout layout = new TestLayout(folder);
    layout.addImage("1", "one");
    Descriptor second = layout.addImage("2", "two");
    layout.write();

    // When
    Descriptor root = source("2").root();

    // Then
    assertThat(root).isEqualTo(second);
  }

  @Test
  void shouldNameTheImagesWhereSeveralAreThereAndNoneIsChosen() throws Exception {
    // Given
    TestLayout layout = new TestLayout(folder);
    layout.addImage("1", "one");
    layout.addImage("2", "two");
    layout.write();

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, source(null)::root);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(e).hasMessageContaining("found 1, 2, expected one; add :TAG");
  }

  @Test
  void shouldNameTheImagesWhereTheTagIsMissing() throws Exception {
    // Given
    TestLayout layout = new TestLayout(folder);
    layout.addImage("1", "one");
    layout.write();

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, source("3")::root);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(e).hasMessageContaining("image \"3\"").hasMessageContaining("found 1");
  }

  @Test
  void shouldRejectADamagedManifest() throws Exception {
    // Given
    TestLayout layout = new TestLayout(folder);
    Descriptor image = layout.addImage("1", "one");
    layout.write();
    Files.writeString(
        folder.resolve("blobs/sha256/" + image.digest().hex()), " ", StandardOpenOption.APPEND);
    LayoutSource source = source(null);

    // When
    RejectedException e =
        catchThrowableOfType(RejectedException.class, () -> source.manifest(source.root()));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @Test
  void shouldRejectABlobOfAnotherSizeBeforeReadingIt() throws Exception {
    // Given
    TestLayout layout = new TestLayout(folder);
    Descriptor image = layout.addImage("1", "one");
    layout.write();
    Descriptor lie = new Descriptor(image.mediaType(), image.digest(), 1);

    // When
    RejectedException e =
        catchThrowableOfType(RejectedException.class, () -> source(null).blob(lie));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(e).hasMessageContaining("expected 1 as the manifest says");
  }

  @Test
  void shouldSayWhichBlobIsMissing() throws Exception {
    // Given
    TestLayout layout = new TestLayout(folder);
    Descriptor image = layout.addImage("1", "one");
    layout.write();
    Files.delete(folder.resolve("blobs/sha256/" + image.digest().hex()));

    // When
    RejectedException e =
        catchThrowableOfType(RejectedException.class, () -> source(null).blob(image));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(e).hasMessageContaining(image.digest().hex()).hasMessageContaining("oci:test");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "no JSON", "{\"manifests\":[{\"size\":-1}]}"})
  void shouldRejectAnIndexThatIsNone(String json) throws Exception {
    // Given
    Files.writeString(folder.resolve("index.json"), json);

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, source(null)::root);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(e).hasMessageContaining("index.json of oci:test");
  }

  @Test
  void shouldRejectAFolderWithoutIndex() throws IOException {
    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, source(null)::root);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
  }

  private LayoutSource source(@Nullable String tag) {
    return new LayoutSource(new LayoutFolder(folder), tag, "oci:test");
  }
}
