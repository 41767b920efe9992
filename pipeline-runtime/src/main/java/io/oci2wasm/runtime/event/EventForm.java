package io.oci2wasm.runtime.event;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.event.Messages;
import io.oci2wasm.api.event.RecordCopy;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What all data of events has in common, whatever its type: members that must be there, and bounds
 * within which every part and database holds a value (docs/FORMATS.md, "Events").
 */
final class EventForm {
  /** UTF-16 units of a text; object keys have at most 1024 bytes, messages 1000 units. */
  static final int MAX_TEXT = 4096;

  /** Elements of a list. */
  static final int MAX_ELEMENTS = 100_000;

  private static final Instant FIRST = Instant.EPOCH;
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private EventForm() {}

  /**
   * Looks for the members that {@code type} needs: each component of a record that is neither
   * {@code @Nullable} nor a number, a truth value, a list or a map, which are 0, false or empty
   * where they are absent. The members of an unwrapped record are those of the one around it.
   *
   * @throws IllegalArgumentException that names a member which is not there, or null in a list
   */
  static void checkMembers(JsonNode json, Class<?> type) {
    checkMembers(json, type, "");
  }

  private static void checkMembers(JsonNode json, Class<?> type, String path) {
    if (!type.isRecord() || !json.isObject()) {
      return; // a text's own grammar, or Jackson, says what is wrong
    }
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
        checkMembers(json, component.getType(), path);
        continue;
      }
      String name = path + component.getName();
      JsonNode member = json.path(component.getName());
      if (member.isMissingNode() || member.isNull()) {
        if (isRequired(component)) {
          throw new IllegalArgumentException("found no " + name + ", expected one");
        }
      } else if (member.isArray()) {
        checkElements(member, component, name);
      } else {
        checkMembers(member, component.getType(), name + ".");
      }
    }
  }

  private static void checkElements(JsonNode array, RecordComponent component, String name) {
    Class<?> elements = elements(component.getGenericType());
    for (JsonNode element : array) {
      if (element.isNull()) {
        throw new IllegalArgumentException("found null in the list " + name);
      }
      checkMembers(element, elements, name + ".");
    }
  }

  private static Class<?> elements(Type list) {
    return list instanceof ParameterizedType type
            && type.getActualTypeArguments()[0] instanceof Class<?> elements
        ? elements
        : Object.class;
  }

  private static boolean isRequired(RecordComponent component) {
    Class<?> type = component.getType();
    return !type.isPrimitive()
        && !Collection.class.isAssignableFrom(type)
        && !Map.class.isAssignableFrom(type)
        && !component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  /**
   * Looks at every text, time and list in {@code value}, whatever records lie between. Copies of
   * records are left out: they hold what strangers wrote.
   *
   * @throws IllegalArgumentException that names what is out of bounds
   */
  static void checkBounds(Object value) {
    checkBounds(value, value.getClass().getSimpleName());
  }

  private static void checkBounds(@Nullable Object value, String name) {
    if (value instanceof String text) {
      checkText(text, name);
    } else if (value instanceof Instant time) {
      if (time.isBefore(FIRST) || time.isAfter(LAST)) {
        throw new IllegalArgumentException(
            name + ": found time " + time + ", expected one of the years 1970 to 9999");
      }
    } else if (value instanceof List<?> list) {
      checkSize(list.size(), name);
      list.forEach(element -> checkBounds(element, name));
    } else if (value instanceof Map<?, ?> map) {
      checkSize(map.size(), name);
      map.keySet().forEach(key -> checkBounds(key, name));
      map.values().forEach(element -> checkBounds(element, name));
    } else if (value instanceof Record record && !(record instanceof RecordCopy)) {
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        checkBounds(component(record, component), component.getName());
      }
    }
  }

  private static void checkText(String text, String name) {
    if (text.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          name + ": found " + text.length() + " characters, expected at most " + MAX_TEXT);
    }
    if (!Messages.isClean(text)) {
      throw new IllegalArgumentException(
          name + ": found NUL or half a surrogate pair, which no database holds");
    }
  }

  private static void checkSize(int size, String name) {
    if (size > MAX_ELEMENTS) {
      throw new IllegalArgumentException(
          name + ": found " + size + " elements, expected at most " + MAX_ELEMENTS);
    }
  }

  private static @Nullable Object component(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("records of events are public: " + component, e);
    }
  }
}
