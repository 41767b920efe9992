package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.ObjectName;
import io.oci2wasm.runtime.store.StoredObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Objects that are removed together.
 *
 * @param name by which images want them: a key, or the prefix of a bundle or layer
 * @param height of a document above what it leads to: what is higher goes later
 * @param places short names of the repositories that led there, or {@link MarkReader#ANY}
 * @param objects the commit marker first, if there is one
 */
record Removal(
    Kind kind, int height, String name, Rule rule, Set<String> places, List<StoredObject> objects) {
  private static final int FIXED = 5;

  Removal {
    places = Set.copyOf(places);
    objects = List.copyOf(objects);
    if (objects.isEmpty()) {
      throw new IllegalArgumentException("removal of " + name + ": found no objects");
    }
  }

  long sizeBytes() {
    return objects.stream().mapToLong(StoredObject::size).sum();
  }

  StoredObject marker() {
    return objects.get(0);
  }

  /** The prefix of what was written together; else the key. */
  String group() {
    String key = marker().key();
    return ObjectKeys.parse(key).map(ObjectName::group).orElse(key);
  }

  /** A line that sorts removals as they are to be made. */
  @SuppressWarnings("EnumOrdinal") // kinds stand in the order of removal; no run reads another's
  String line() {
    List<String> fields = new ArrayList<>();
    fields.add(String.format("%02d", kind.ordinal()));
    fields.add(String.format("%09d", height));
    fields.add(name);
    fields.add(rule.name());
    fields.add(String.join(",", places));
    for (StoredObject object : objects) {
      fields.add(object.key());
      fields.add(Long.toString(object.size()));
      fields.add(Fields.time(object.modified()));
    }
    return Fields.line(fields.toArray(String[]::new));
  }

  /** The removal of a {@link #line}. */
  @SuppressWarnings("EnumOrdinal")
  static Removal parse(String line) {
    String[] fields = Fields.of(line);
    List<StoredObject> objects = new ArrayList<>();
    for (int i = FIXED; i < fields.length; i += 3) {
      objects.add(
          new StoredObject(fields[i], Long.parseLong(fields[i + 1]), Fields.time(fields[i + 2])));
    }
    return new Removal(
        Kind.values()[Integer.parseInt(fields[0])],
        Integer.parseInt(fields[1]),
        fields[2],
        Rule.valueOf(fields[3]),
        fields[4].isEmpty() ? Set.of() : Set.copyOf(Arrays.asList(fields[4].split(","))),
        objects);
  }
}
