package io.oci2wasm.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Pages are those of the library's own listing. */
class PagedListingTest {
  private static final String BUCKET = "bucket";
  private static final int ALL = 1000;

  @TempDir private Path root;

  @SuppressWarnings("NullAway.Init") // before each test
  private BlobStore library;

  @SuppressWarnings("NullAway.Init") // before each test
  private BlobStore ours;

  @BeforeEach
  void open() {
    library = new FilesystemNio2BlobStore(root.toString());
    ours = EmbeddedStore.files(root);
    ours.createContainer(CreateBucketRequest.builder().bucket(BUCKET).build());
  }

  private void put(String key) {
    ours.putBlob(
        PutObjectRequest.builder()
            .bucket(BUCKET)
            .key(key)
            .contentLength((long) key.length())
            .build(),
        new ByteArrayInputStream(key.getBytes(UTF_8)));
  }

  private static ListObjectsV2Response page(
      BlobStore store, String prefix, @Nullable String token, @Nullable String after, int limit) {
    return store.list(
        ListObjectsV2Request.builder()
            .bucket(BUCKET)
            .prefix(prefix)
            .continuationToken(token)
            .startAfter(after)
            .maxKeys(limit)
            .build());
  }

  private List<S3Object> pages(String prefix, int limit) {
    List<S3Object> all = new ArrayList<>();
    String token = null;
    do {
      ListObjectsV2Response page = page(ours, prefix, token, null, limit);
      assertThat(page.contents()).hasSizeLessThanOrEqualTo(limit);
      all.addAll(page.contents());
      token = page.nextContinuationToken();
    } while (token != null);
    return all;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldShowInPagesWhatTheLibraryShowsAtOnce(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 60; i++) {
      StringBuilder key = new StringBuilder("top");
      for (int depth = 1 + random.nextInt(3); depth > 0; depth--) {
        key.append('/').append(List.of("a", "a-b", "a0", "ab", "b", "-").get(random.nextInt(6)));
      }
      if (Files.notExists(root.resolve(BUCKET).resolve(key.toString()))) {
        put(key + "/" + random.nextInt(4) + ".bin");
      }
    }

    for (String prefix : new String[] {"top/", "top/a", "top/a/", "top/a-b/a0/", "top/none/"}) {
      List<S3Object> expected = page(library, prefix, null, null, ALL).contents();
      assertThat(pages(prefix, 1)).isEqualTo(expected);
      assertThat(pages(prefix, 7)).isEqualTo(expected);
      assertThat(pages(prefix, ALL)).isEqualTo(expected);
      for (S3Object one : expected) {
        assertThat(page(ours, prefix, null, one.key(), 5).contents())
            .isEqualTo(page(library, prefix, null, one.key(), 5).contents());
      }
    }
  }

  @Test
  void shouldSortAFolderBehindItsNamesWithADash() {
    put("top/a/1");
    put("top/a-b");
    put("top/a0");

    assertThat(pages("top/", 2))
        .extracting(S3Object::key)
        .containsExactly("top/a-b", "top/a/1", "top/a0");
  }

  @Test
  void shouldShowNothingOfABucketWithoutSuchKeys() {
    put("other/a");

    assertThat(pages("top/", 2)).isEmpty();
  }

  @Test
  void shouldLeaveOutWhatIsRemovedMeanwhile() throws Exception {
    put("top/a");
    put("top/b");
    put("top/c");
    ListObjectsV2Response first = page(ours, "top/", null, null, 1);

    Files.delete(root.resolve(BUCKET).resolve("top/b"));

    ListObjectsV2Response second = page(ours, "top/", first.nextContinuationToken(), null, 1);
    assertThat(second.contents()).extracting(S3Object::key).containsExactly("top/c");
    assertThat(second.nextContinuationToken()).isNull();
  }
}
