package io.oci2wasm.gateway.state.database;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.RecordCopy;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.argument.ArgumentFactory;
import org.jdbi.v3.core.argument.NullArgument;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.core.generic.GenericTypes;
import org.jdbi.v3.core.mapper.ColumnMapper;
import org.jdbi.v3.core.mapper.ColumnMapperFactory;
import org.jspecify.annotations.Nullable;

/**
 * How values of ours stand in columns: as the word that they are in JSON too, or as JSON. Times
 * have a zone: what JDBC makes of them otherwise depends on the process's own.
 */
final class ColumnValues implements ArgumentFactory.Preparable, ColumnMapperFactory {
  @Override
  public Optional<Function<Object, Argument>> prepare(Type type, ConfigRegistry config) {
    Class<?> value = GenericTypes.getErasedType(type);
    if (value == Instant.class) {
      return Optional.of(ColumnValues::time);
    }
    if (value == BatchRequested.class) {
      return Optional.of(event -> word(event == null ? null : json(event)));
    }
    if (value == RecordCopy.class) {
      return Optional.of(
          record ->
              (position, statement, context) ->
                  statement.setBytes(position, json(record).getBytes(StandardCharsets.UTF_8)));
    }
    return Enum.class.isAssignableFrom(value)
            || value == Platform.class
            || value == Sha256Digest.class
        ? Optional.of(ColumnValues::word)
        : Optional.empty();
  }

  private static Argument time(@Nullable Object value) {
    if (value == null) {
      return new NullArgument(Types.TIMESTAMP_WITH_TIMEZONE);
    }
    OffsetDateTime time = ((Instant) value).atOffset(ZoneOffset.UTC);
    return (position, statement, context) -> statement.setObject(position, time);
  }

  private static Argument word(@Nullable Object value) {
    if (value == null) {
      return new NullArgument(Types.VARCHAR);
    }
    String word = value.toString();
    return (position, statement, context) -> statement.setString(position, word);
  }

  @Override
  public Optional<ColumnMapper<?>> build(Type type, ConfigRegistry config) {
    Class<?> value = GenericTypes.getErasedType(type);
    if (value == Instant.class) {
      return Optional.of(
          (ColumnMapper<@Nullable Instant>)
              (row, column, context) -> {
                OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
                return time == null ? null : time.toInstant();
              });
    }
    if (value == Platform.class) {
      return Optional.of(ofWord(Platform::parse));
    }
    if (value == Sha256Digest.class) {
      return Optional.of(ofWord(Sha256Digest::parse));
    }
    if (value == BatchRequested.class) {
      return Optional.of(ofWord(json -> read(json, value)));
    }
    if (value == RecordCopy.class) {
      return Optional.of(
          (ColumnMapper<Object>)
              (row, column, context) ->
                  read(new String(row.getBytes(column), StandardCharsets.UTF_8), value));
    }
    return value.isEnum() ? Optional.of(ofWord(word -> constant(value, word))) : Optional.empty();
  }

  private static String json(Object value) {
    try {
      return Json.MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("database: " + value.getClass() + " has no JSON form", e);
    }
  }

  private static <T> T read(String json, Class<T> type) {
    try {
      return Json.MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("database: found JSON that is no " + type.getSimpleName(), e);
    }
  }

  private static <T> ColumnMapper<@Nullable T> ofWord(Function<String, T> parser) {
    return (row, column, context) -> {
      String word = row.getString(column);
      return word == null ? null : parser.apply(word);
    };
  }

  /** The constant whose JSON form is {@code word}. */
  private static Object constant(Class<?> type, String word) {
    return Stream.of(type.getEnumConstants())
        .filter(one -> one.toString().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "database: found \"" + word + "\", expected a " + type.getSimpleName()));
  }
}
