package io.oci2wasm.ingest.source.daemon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What comes before the body of an answer in HTTP/1.0 (RFC 1945, section 6). */
record AnswerHead(int status) {
  static final int OK = 200;
  static final int NOT_FOUND = 404;

  private static final Pattern HEAD =
      Pattern.compile("HTTP/1\\.[01] (\\d{3})[ \\r].*", Pattern.DOTALL);
  private static final Pattern CHUNKED =
      Pattern.compile(".*\r\ntransfer-encoding:.*", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
  private static final String END = "\r\n\r\n";
  private static final int MAX_BYTES = 1 << 16;
  private static final int MAX_MESSAGE_BYTES = 4096;

  /**
   * Reads up to where the body begins.
   *
   * @throws IOException if it is no such answer
   */
  static AnswerHead read(InputStream in, Path socket) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int matched = 0;
    while (matched < END.length()) {
      int next = in.read();
      if (next < 0 || bytes.size() == MAX_BYTES) {
        throw none(socket, bytes.toString(ISO_8859_1));
      }
      bytes.write(next);
      matched = next == END.charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
    }
    String head = bytes.toString(ISO_8859_1);
    Matcher matcher = HEAD.matcher(head);
    if (!matcher.matches() || CHUNKED.matcher(head).matches()) {
      throw none(socket, head);
    }
    return new AnswerHead(Integer.parseInt(matcher.group(1)));
  }

  private static IOException none(Path socket, String found) {
    return new IOException(
        String.format(
            "asking %s: found \"%s\", expected an answer in HTTP/1.0; is it a docker engine's?",
            socket, found.lines().findFirst().orElse("")));
  }

  /** The engine's own words: {@code {"message": "…"}}, or whatever it says. */
  static String message(InputStream body) throws IOException {
    String text = new String(body.readNBytes(MAX_MESSAGE_BYTES), ISO_8859_1).strip();
    try {
      return Json.MAPPER.readTree(text).path("message").asText(text);
    } catch (JsonProcessingException e) {
      return text;
    }
  }
}
