package io.oci2wasm.runtime.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration: a record's defaults, overridden by the YAML file, overridden by
 * environment variables. The variable of {@code kafka.bootstrapServers} is {@code
 * OCI2WASM_KAFKA_BOOTSTRAP_SERVERS}; lists are separated by commas.
 */
public final class ConfigFile {
  private static final String VARIABLE_PREFIX = "OCI2WASM";
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .withCoercionConfig(
              LogicalType.Boolean,
              of -> of.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail))
          .addModule(
              new SimpleModule()
                  .addSerializer(Duration.class, new TextForm.Writer<>(Durations::format))
                  .addDeserializer(Duration.class, new TextForm.Reader<>(Durations::parse))
                  .addSerializer(Path.class, new TextForm.Writer<>(Path::toString))
                  .addDeserializer(Path.class, new TextForm.Reader<>(Path::of)))
          .build();

  private ConfigFile() {}

  /**
   * A section of which nothing is configured: its keys have the defaults of their {@link
   * ConfigKey}, and components without one are sections themselves.
   */
  public static <T extends Record> T defaults(Class<T> type) {
    try {
      return MAPPER.treeToValue(defaultTree(type), type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("defaults of " + type.getSimpleName() + ": " + e, e);
    }
  }

  private static ObjectNode defaultTree(Class<?> type) throws JsonProcessingException {
    ObjectNode tree = MAPPER.createObjectNode();
    for (RecordComponent component : type.getRecordComponents()) {
      ConfigKey key = component.getAnnotation(ConfigKey.class);
      tree.set(
          component.getName(),
          key == null ? defaultTree(component.getType()) : value(key.byDefault()));
    }
    return tree;
  }

  private static JsonNode value(String yaml) throws JsonProcessingException {
    return yaml.isEmpty() ? MAPPER.nullNode() : MAPPER.readTree(yaml);
  }

  /**
   * A section with another value of one key.
   *
   * @throws IllegalArgumentException if the section has no such key, or refuses the value
   */
  public static <T extends Record> T with(T section, String key, @Nullable Object value) {
    @SuppressWarnings("unchecked") // an object's class
    Class<T> type = (Class<T>) section.getClass();
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    boolean found = false;
    try {
      for (int i = 0; i < components.length; i++) {
        boolean asked = components[i].getName().equals(key);
        found |= asked;
        types[i] = components[i].getType();
        values[i] = asked ? value : components[i].getAccessor().invoke(section);
      }
      if (!found) {
        throw new IllegalArgumentException(type.getSimpleName() + " has no key " + key);
      }
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refused) {
        throw refused;
      }
      throw new IllegalStateException(type.getSimpleName() + ", key " + key, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type.getSimpleName() + ", key " + key, e);
    }
  }

  /**
   * Reads {@code file}, or only defaults and environment where it is null.
   *
   * @throws ConfigException if the file cannot be read, or a key is unknown or has a bad value
   */
  public static <T> T read(
      @Nullable Path file, Map<String, String> environment, T defaults, Class<T> type) {
    String origin = file == null ? "configuration" : "configuration " + file;
    ObjectNode tree = MAPPER.valueToTree(defaults);
    try {
      if (file != null) {
        merge(tree, document(file), origin, "");
      }
      overlay(tree, environment, VARIABLE_PREFIX);
      return MAPPER.treeToValue(tree, type);
    } catch (UnrecognizedPropertyException e) {
      throw new ConfigException(
          String.format(
              "%s, key %s: found an unknown key, expected one of %s",
              origin, path(e), e.getKnownPropertyIds()),
          e);
    } catch (JsonMappingException e) {
      throw new ConfigException(origin + ", key " + path(e) + ": " + rootMessage(e), e);
    } catch (JsonProcessingException e) {
      throw new ConfigException(origin + ": found no valid YAML: " + e.getOriginalMessage(), e);
    }
  }

  private static JsonNode document(Path file) throws JsonProcessingException {
    try {
      return MAPPER.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new ConfigException("configuration " + file + ": " + Unreadable.why(e), e);
    }
  }

  private static void merge(ObjectNode target, JsonNode source, String origin, String path) {
    if (source.isMissingNode() || (path.isEmpty() && source.isNull())) {
      return;
    }
    if (!source.isObject()) {
      throw new ConfigException(
          origin + ", " + (path.isEmpty() ? "top" : "key " + path) + ": expected a mapping");
    }
    for (Map.Entry<String, JsonNode> member : source.properties()) {
      String memberPath = path.isEmpty() ? member.getKey() : path + "." + member.getKey();
      JsonNode value = member.getValue();
      refuseNothing(value, origin, memberPath);
      if (target.get(member.getKey()) instanceof ObjectNode section) {
        merge(section, value, origin, memberPath);
      } else {
        target.set(member.getKey(), value);
      }
    }
  }

  /** A key without value would mean its default, which is hardly ever meant. */
  private static void refuseNothing(JsonNode value, String origin, String path) {
    if (value.isNull()) {
      throw new ConfigException(
          String.format(
              "%s, key %s: found no value, expected one; remove the key for its default",
              origin, path));
    }
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      refuseNothing(member.getValue(), origin, path + "." + member.getKey());
    }
    for (int i = 0; value.isArray() && i < value.size(); i++) {
      refuseNothing(value.get(i), origin, path + ".[" + i + "]");
    }
  }

  private static void overlay(ObjectNode target, Map<String, String> environment, String prefix) {
    for (Map.Entry<String, JsonNode> member : target.properties()) {
      String name =
          prefix + "_" + member.getKey().replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
      String value = environment.get(name);
      if (member.getValue() instanceof ObjectNode section) {
        overlay(section, environment, name);
      } else if (value != null) {
        member.setValue(member.getValue().isArray() ? list(value) : target.textNode(value));
      }
    }
  }

  private static ArrayNode list(String value) {
    ArrayNode list = MAPPER.createArrayNode();
    for (String item : value.split(",", -1)) {
      if (!item.isBlank()) {
        list.add(item.strip());
      }
    }
    return list;
  }

  private static String path(JsonMappingException e) {
    return e.getPath().stream()
        .map(
            step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
        .collect(Collectors.joining("."));
  }

  private static String rootMessage(JsonMappingException e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof JsonProcessingException json
        ? json.getOriginalMessage()
        : String.valueOf(cause.getMessage());
  }
}
