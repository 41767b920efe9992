package io.oci2wasm.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.runtime.config.ConfigKey;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every key stands in the reference file, in the words that its section's record has for it. */
class ReferenceFileTest {
  private static final Path REFERENCE = Path.of("..", "docs", "oci2wasm.reference.yaml");

  /** A key, which may be commented out; then it has one word as its value. */
  private static final Pattern KEY =
      Pattern.compile("(?<indent> *)(?:(?<name>[a-zA-Z]+):.*|# {1,2}(?<comment>[a-zA-Z]+): \\S+)");

  private static final Pattern PROSE = Pattern.compile(" *# *(.*)");

  /** What stands above each key. */
  private static Map<String, String> comments = Map.of();

  @BeforeAll
  static void read() throws IOException {
    comments = comments(Files.readAllLines(REFERENCE));
  }

  private static Map<String, String> comments(List<String> lines) {
    Map<String, String> found = new LinkedHashMap<>();
    NavigableMap<Integer, String> open = new TreeMap<>();
    StringJoiner above = new StringJoiner(" ");
    for (String line : lines) {
      Matcher key = KEY.matcher(line);
      Matcher prose = PROSE.matcher(line);
      if (key.matches()) {
        found.putIfAbsent(path(key, open), above.toString());
        above = new StringJoiner(" ");
      } else if (prose.matches()) {
        above.add(prose.group(1));
      } else if (line.isBlank()) {
        above = new StringJoiner(" ");
      }
    }
    return found;
  }

  /** Below an empty section its keys are commented out, and not indented. */
  private static String path(Matcher key, NavigableMap<Integer, String> open) {
    int indent = key.group("indent").length();
    String name = key.group("name") == null ? key.group("comment") : key.group("name");
    String inLast = open.getOrDefault(indent, "") + "." + name;
    if (key.group("name") == null && keys().containsKey(inLast)) {
      return inLast;
    }
    open.tailMap(indent, true).clear();
    String path = open.isEmpty() ? name : open.lastEntry().getValue() + "." + name;
    open.put(indent, path);
    return path;
  }

  /** Of senders each has only those keys that mean something. */
  @Test
  void shouldHaveEveryKey() {
    Map<String, RecordComponent> missing = keys();
    missing.keySet().removeAll(comments.keySet());
    Set<String> ofSomeSender =
        keys().entrySet().stream()
            .filter(key -> key.getKey().startsWith("gateway.webhooks."))
            .filter(key -> comments.containsKey(key.getKey()))
            .map(key -> name(key.getValue()))
            .collect(Collectors.toSet());
    missing
        .entrySet()
        .removeIf(
            key ->
                key.getKey().startsWith("gateway.webhooks.")
                    && ofSomeSender.contains(name(key.getValue())));

    assertThat(missing).isEmpty();
  }

  /** The same for a key of a section that stands in several places. */
  private static String name(RecordComponent key) {
    return key.getDeclaringRecord().getName() + "." + key.getName();
  }

  @Test
  void shouldHaveNoOtherKey() {
    List<String> known = new ArrayList<>(keys().keySet());
    known.addAll(sections());

    assertThat(known).containsAll(comments.keySet());
  }

  @Test
  void shouldSayOfEachKeyWhatTheCodeSays() {
    Map<String, String> meanings = new LinkedHashMap<>();
    Map<String, List<String>> said = new LinkedHashMap<>();
    keys()
        .forEach(
            (path, component) -> {
              ConfigKey key = component.getAnnotation(ConfigKey.class);
              if (key != null) {
                meanings.put(name(component), key.meaning());
                said.computeIfAbsent(name(component), none -> new ArrayList<>())
                    .add(comments.getOrDefault(path, ""));
              }
            });

    assertThat(meanings).hasSizeGreaterThan(60);
    meanings.forEach(
        (name, meaning) ->
            assertThat(said.get(name))
                .as("comments above %s", name)
                .anyMatch(comment -> comment.contains(meaning)));
  }

  /** What stands in a list has no key of its own: the list's comment explains its members. */
  @Test
  void shouldExplainTheMembersOfEveryList() {
    Map<String, Class<?>> lists = new LinkedHashMap<>();
    keys()
        .forEach(
            (path, component) -> {
              if (component.getGenericType() instanceof ParameterizedType list
                  && list.getActualTypeArguments()[0] instanceof Class<?> member
                  && isSection(member)) {
                lists.put(path, member);
              }
            });

    assertThat(lists).containsOnlyKeys("conversion.rules", "gateway.subscribers");
    lists.forEach(
        (path, member) -> {
          for (RecordComponent component : member.getRecordComponents()) {
            assertThat(comments.get(path)).containsPattern("\\b" + component.getName() + "\\b");
          }
        });
  }

  private static boolean isSection(Class<?> type) {
    return type.isRecord()
        && Arrays.stream(type.getDeclaredMethods())
            .noneMatch(method -> method.isAnnotationPresent(JsonValue.class));
  }

  private static Map<String, RecordComponent> keys() {
    Map<String, RecordComponent> keys = new LinkedHashMap<>();
    walk("", PipelineConfig.class, keys, new ArrayList<>());
    return keys;
  }

  private static List<String> sections() {
    List<String> sections = new ArrayList<>();
    walk("", PipelineConfig.class, new LinkedHashMap<>(), sections);
    return sections;
  }

  private static void walk(
      String parent, Class<?> section, Map<String, RecordComponent> keys, List<String> sections) {
    for (RecordComponent component : section.getRecordComponents()) {
      String path = parent + component.getName();
      if (isSection(component.getType())) {
        sections.add(path);
        walk(path + ".", component.getType(), keys, sections);
      } else {
        keys.put(path, component);
      }
    }
  }
}
