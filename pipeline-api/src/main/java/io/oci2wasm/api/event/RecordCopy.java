package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A topic's record byte by byte, in base64. It can be written again exactly, whether or not anybody
 * can read it. A webhook is kept in the same form, without key.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RecordCopy(@Nullable String key, List<Header> headers, String value) {
  public RecordCopy {
    check("key", key);
    check("value", value);
    headers = List.copyOf(headers);
  }

  /** A header; its name is text, its value may be missing. Names may repeat, order matters. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Header(String name, @Nullable String value) {
    public Header {
      check("header " + name, value);
    }

    /** A header whose value is {@code bytes}. */
    public static Header of(String name, byte[] bytes) {
      return new Header(name, encode(bytes));
    }
  }

  private static void check(String what, @Nullable String base64) {
    if (base64 != null) {
      try {
        byte[] unused = decode(base64);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "copy of a record, " + what + ": found no base64: " + e.getMessage(), e);
      }
    }
  }

  /** The first header of that name as UTF-8 text. */
  public Optional<String> text(String header) {
    return headers.stream()
        .filter(one -> one.name().equals(header))
        .flatMap(one -> Stream.ofNullable(one.value()))
        .findFirst()
        .map(value -> new String(decode(value), StandardCharsets.UTF_8));
  }

  /** The written form of {@code bytes}. */
  public static String encode(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** The bytes that {@code base64} stands for. */
  public static byte[] decode(String base64) {
    return Base64.getDecoder().decode(base64);
  }
}
