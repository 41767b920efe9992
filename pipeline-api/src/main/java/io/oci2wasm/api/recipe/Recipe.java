package io.oci2wasm.api.recipe;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Of which bytes a module consists: some in the recipe itself, the others in objects that many
 * recipes share (docs/FORMATS.md, "Recipe"). Its JSON form is always the same bytes for the same
 * pieces.
 *
 * @param pieces those of the module
 * @param data those of the data file, if the bundle is split; else none
 */
public record Recipe(List<Piece> pieces, List<Piece> data) {
  /** So large a recipe is read at most: that of a module of over 100 GB. */
  public static final int MAX_BYTES = 64 << 20;

  private static final int SCHEMA = 1;

  /** Who knows only the first would take the data file for a part of the module. */
  private static final int SPLIT_SCHEMA = 2;

  public Recipe {
    pieces = List.copyOf(pieces);
    data = List.copyOf(data);
    check(pieces);
    check(data);
  }

  /** The recipe of one file. */
  public Recipe(List<Piece> pieces) {
    this(pieces, List.of());
  }

  private static void check(List<Piece> pieces) {
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Stored stored && !ObjectKeys.isPart(stored.object())) {
        throw new IllegalArgumentException(
            String.format(
                "recipe: found a piece of %s, expected an engine, a filesystem or a layer",
                stored.object()));
      }
    }
  }

  @JsonPropertyOrder({"schema", "size", "dataSize", "objects", "pieces", "data"})
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Form(
      int schema,
      long size,
      @Nullable Long dataSize,
      List<String> objects,
      List<PieceForm> pieces,
      @Nullable List<PieceForm> data) {}

  @JsonPropertyOrder({"bytes", "object", "offset", "units"})
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record PieceForm(
      @Nullable String bytes,
      @Nullable Integer object,
      @Nullable Long offset,
      @Nullable String units) {}

  /** Size of the module. */
  public long sizeBytes() {
    return sizeBytes(pieces);
  }

  /** Size of the data file. */
  public long dataBytes() {
    return sizeBytes(data);
  }

  private static long sizeBytes(List<Piece> pieces) {
    return pieces.stream().mapToLong(Piece::sizeBytes).sum();
  }

  /** Whether the bundle is two files. */
  public boolean isSplit() {
    return !data.isEmpty();
  }

  /** The keys of all objects that it names, each once. */
  public List<String> objects() {
    return Stream.concat(pieces.stream(), data.stream())
        .filter(Piece.Stored.class::isInstance)
        .map(piece -> ((Piece.Stored) piece).object())
        .distinct()
        .toList();
  }

  /** The JSON text, UTF-8. {@link #parse} gives a recipe of the same bytes back. */
  public byte[] toJson() {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    List<PieceForm> module = forms(pieces, numbers);
    List<PieceForm> second = isSplit() ? forms(data, numbers) : null;
    Form form =
        new Form(
            isSplit() ? SPLIT_SCHEMA : SCHEMA,
            sizeBytes(),
            isSplit() ? dataBytes() : null,
            List.copyOf(numbers.keySet()),
            module,
            second);
    try {
      return Json.MAPPER.writeValueAsString(form).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a record of strings and numbers is always JSON", e);
    }
  }

  private static List<PieceForm> forms(List<Piece> pieces, Map<String, Integer> numbers) {
    List<PieceForm> forms = new ArrayList<>();
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Stored stored) {
        Integer number = numbers.computeIfAbsent(stored.object(), any -> numbers.size());
        forms.add(new PieceForm(null, number, stored.offset(), stored.units().encode()));
      } else if (piece instanceof Piece.Inline inline) {
        forms.add(new PieceForm(base64(inline.bytes()), null, null, null));
      }
    }
    return forms;
  }

  private static String base64(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return Base64.getEncoder().encodeToString(copy);
  }

  /**
   * Reads a {@code recipe.json}.
   *
   * @throws IOException if it is none, or names what no recipe may
   */
  public static Recipe parse(byte[] json) throws IOException {
    Form form;
    try {
      form = Json.MAPPER.readValue(json, Form.class);
    } catch (JsonProcessingException e) {
      throw new IOException("recipe: found no JSON of one: " + e.getOriginalMessage(), e);
    }
    if (form == null
        || form.schema() != (form.data() == null ? SCHEMA : SPLIT_SCHEMA)
        || (form.data() == null) != (form.dataSize() == null)
        || (form.data() != null && form.data().isEmpty())
        || form.objects() == null
        || form.pieces() == null) {
      throw new IOException(
          String.format(
              "recipe: found another document, expected one of schema %s, or with data of %s",
              SCHEMA, SPLIT_SCHEMA));
    }
    try {
      List<Piece> pieces = pieces(form.pieces(), form.objects(), form.size());
      return form.data() == null || form.dataSize() == null
          ? new Recipe(pieces)
          : new Recipe(pieces, pieces(form.data(), form.objects(), form.dataSize()));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static List<Piece> pieces(List<PieceForm> forms, List<String> objects, long sizeBytes) {
    List<Piece> pieces = new ArrayList<>();
    long left = sizeBytes;
    for (PieceForm one : forms) {
      Piece piece = piece(one, objects);
      left -= piece.sizeBytes();
      if (left < 0) {
        break;
      }
      pieces.add(piece);
    }
    if (left != 0) {
      throw new IllegalArgumentException(
          "recipe: found pieces of another size than " + sizeBytes + " bytes together");
    }
    return pieces;
  }

  private static Piece piece(@Nullable PieceForm form, List<String> objects) {
    if (form != null && form.bytes() != null && form.object() == null) {
      return new Piece.Inline(Base64.getDecoder().decode(form.bytes()));
    }
    if (form == null || form.object() == null || form.offset() == null || form.units() == null) {
      throw new IllegalArgumentException(
          "recipe: found a piece without a member, expected bytes, or object, offset and units");
    }
    int number = form.object();
    String key = number >= 0 && number < objects.size() ? objects.get(number) : null;
    if (key == null) {
      throw new IllegalArgumentException("recipe: found a piece of object " + number + ": no such");
    }
    return new Piece.Stored(key, form.offset(), Units.decode(form.units()));
  }
}
