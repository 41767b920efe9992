package io.oci2wasm.runtime.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a store that copies parts, and of one that does not. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class PartCopyTest {
  private static final int PART = 5 << 20;
  private static final List<ObjectPart> PARTS =
      List.of(
          new ObjectPart.Sent(0, PART),
          new ObjectPart.Copied("layers/a b", 7, PART + 1),
          new ObjectPart.Sent(2L * PART + 1, 3));

  @TempDir private Path directory;

  private final List<String> calls = new ArrayList<>();

  /** The sizes that the store says its parts have. */
  private List<Long> listed = List.of((long) PART, PART + 1L, 3L);

  /** How a copy is answered. */
  private int copyStatus = 200;

  private StandInStore standIn;
  private ObjectStore store;

  @BeforeEach
  void start() throws IOException {
    standIn = StandInStore.open(this::answer, "", PART, directory);
    store = standIn.store();
  }

  @AfterEach
  void stop() {
    standIn.close();
  }

  /** Amazon S3's API reference, as far as it is asked here. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String source = exchange.getRequestHeaders().getFirst("x-amz-copy-source");
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
      // The body itself is in signed pieces.
      String sent = exchange.getRequestHeaders().getFirst("x-amz-decoded-content-length");
      String call = exchange.getRequestMethod() + " " + query;
      int status = 200;
      String body = "";
      if (call.startsWith("POST uploads")) {
        body =
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
      } else if (call.startsWith("POST uploadId")) {
        body = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
      } else if (source != null) {
        call += " from " + source + " " + range(exchange);
        status = copyStatus;
        body =
            status == 200
                ? "<CopyPartResult><ETag>c</ETag></CopyPartResult>"
                : "<Error><Code>"
                    + (status == 404 ? "NoSuchKey" : "NotImplemented")
                    + "</Code></Error>";
      } else if (call.startsWith("GET ")) {
        body = list();
      } else if (call.startsWith("PUT ")) {
        call += " of " + (query.contains("partNumber") ? sent + " bytes" : "all");
        exchange.getResponseHeaders().set("ETag", "p");
      }
      calls.add(call.replaceAll("uploadId=u&?|&uploadId=u", ""));
      byte[] bytes = body.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/xml");
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static String range(HttpExchange exchange) {
    return exchange.getRequestHeaders().getFirst("x-amz-copy-source-range");
  }

  private String list() {
    StringBuilder parts = new StringBuilder("<ListPartsResult>");
    for (int i = 0; i < listed.size(); i++) {
      parts.append("<Part><PartNumber>").append(i + 1).append("</PartNumber><Size>");
      parts.append(listed.get(i)).append("</Size></Part>");
    }
    return parts.append("<IsTruncated>false</IsTruncated></ListPartsResult>").toString();
  }

  private boolean compose() throws IOException {
    return store.compose(
        "key", PARTS, (first, length) -> new ByteArrayInputStream(new byte[(int) length]));
  }

  @Test
  void shouldSendSomePartsAndLetTheStoreCopyOthers() throws Exception {
    assertThat(compose()).isTrue();

    assertThat(calls)
        .startsWith("POST uploads")
        .contains(
            "PUT partNumber=1 of 5242880 bytes",
            "PUT partNumber=2 from bucket/layers/a%20b bytes=7-5242887",
            "PUT partNumber=3 of 3 bytes")
        .noneMatch(call -> call.startsWith("DELETE"));
    assertThat(calls.get(calls.size() - 1)).startsWith("POST");
  }

  @Test
  void shouldLeaveNothingInAStoreThatCopiesNoParts() throws Exception {
    copyStatus = 501;

    assertThat(compose()).isFalse();

    assertThat(calls.get(calls.size() - 1)).startsWith("DELETE");
    int before = calls.size();
    assertThat(compose()).isFalse();
    assertThat(calls).as("a store that said no is not asked again").hasSize(before);
  }

  /** It passes the range by, and copies the whole object. */
  @Test
  void shouldNotTrustAStoreWhosePartsHaveOtherSizes() throws Exception {
    listed = List.of((long) PART, 3L * PART, 3L);

    assertThat(compose()).isFalse();

    assertThat(calls.get(calls.size() - 1)).startsWith("DELETE");
    assertThat(calls).noneMatch(call -> call.equals("POST "));
  }

  @Test
  void shouldFailWhereWhatIsCopiedIsGone() {
    copyStatus = 404;

    assertThatThrownBy(this::compose)
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("object store, copying layers/a b to part 2 of key");

    assertThat(calls.get(calls.size() - 1)).startsWith("DELETE");
  }
}
