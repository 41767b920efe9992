package io.oci2wasm.converter.rootfs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of a PAX extended header, {@code LENGTH KEY=VALUE\n} each (POSIX.1-2017, pax, "pax
 * Extended Header"). Values stay bytes: a file capability is no UTF-8. Keys are Latin-1 strings, so
 * that those which hold an attribute's name keep its bytes too.
 */
final class PaxRecords {
  static final PaxRecords NONE = new PaxRecords(List.of());

  /** One record, as it stands. */
  record Entry(String key, ByteString value) {}

  private final List<Entry> entries;

  private PaxRecords(List<Entry> entries) {
    this.entries = entries;
  }

  /**
   * Reads the payload of an extended header.
   *
   * @throws IllegalArgumentException with found and expected, if it is damaged
   */
  static PaxRecords parse(byte[] payload) {
    List<Entry> entries = new ArrayList<>();
    int at = 0;
    while (at < payload.length && payload[at] != 0) {
      int length = 0;
      int cursor = at;
      while (cursor < payload.length && payload[cursor] >= '0' && payload[cursor] <= '9') {
        length = length * 10 + payload[cursor++] - '0';
        if (length > payload.length) {
          throw damaged(at, "a length beyond the header's end");
        }
      }
      int end = at + length;
      if (cursor == at || cursor >= payload.length || payload[cursor] != ' ') {
        throw damaged(at, "no decimal length with a space after it");
      }
      if (end > payload.length || end <= cursor + 1 || payload[end - 1] != '\n') {
        throw damaged(at, "length " + length + " without a line's end there");
      }
      ByteString body = ByteString.copyOf(payload, cursor + 1, end - 1);
      int equals = body.indexOf((byte) '=', 0);
      if (equals <= 0) {
        throw damaged(at, "no key before an equals sign");
      }
      entries.add(new Entry(body.slice(0, equals).toLatin1(), body.slice(equals + 1)));
      at = end;
    }
    return new PaxRecords(entries);
  }

  private static IllegalArgumentException damaged(int at, String found) {
    return new IllegalArgumentException(found + " in the record at its byte " + at);
  }

  /** All records in their order. */
  List<Entry> entries() {
    return entries;
  }

  /** The value of the last record of {@code key}; an empty one deletes those before it. */
  @Nullable ByteString get(String key) {
    ByteString found = null;
    for (Entry entry : entries) {
      if (entry.key().equals(key)) {
        found = entry.value().isEmpty() ? null : entry.value();
      }
    }
    return found;
  }
}
