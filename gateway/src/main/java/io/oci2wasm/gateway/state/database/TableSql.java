package io.oci2wasm.gateway.state.database;

import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.reflect.ColumnName;

/** The statements that write one row of a table. */
public record TableSql(String insert, String update) {
  /**
   * The statements for rows with the key {@code id}, to be bound to the methods of a {@code row}.
   * Its components are the columns, by the names that Jdbi reads them by. A list has a table of its
   * own.
   */
  public static TableSql of(String table, Class<? extends Record> row) {
    return of(table, row, Map.of());
  }

  /**
   * The same with more columns than components.
   *
   * @param more the value of each of them
   */
  public static TableSql of(String table, Class<? extends Record> row, Map<String, String> more) {
    Map<String, String> columns = new LinkedHashMap<>();
    add(columns, row, "", ":");
    columns.putAll(more);
    String insert =
        "INSERT INTO %s (%s) VALUES (%s)"
            .formatted(
                table, String.join(", ", columns.keySet()), String.join(", ", columns.values()));
    String key = columns.remove("id");
    String changes =
        columns.entrySet().stream()
            .map(column -> column.getKey() + " = " + column.getValue())
            .collect(Collectors.joining(", "));
    return new TableSql(insert, "UPDATE %s SET %s WHERE id = %s".formatted(table, changes, key));
  }

  private static void add(Map<String, String> columns, Class<?> row, String prefix, String path) {
    for (RecordComponent component : row.getRecordComponents()) {
      Nested nested = component.getAccessor().getAnnotation(Nested.class);
      String value = path + component.getName();
      if (nested != null) {
        add(columns, component.getType(), prefix + nested.value(), value + "?.");
      } else if (!Collection.class.isAssignableFrom(component.getType())) {
        columns.put(prefix + column(component), value);
      }
    }
  }

  private static String column(RecordComponent component) {
    ColumnName given = component.getAccessor().getAnnotation(ColumnName.class);
    return given == null
        ? component.getName().replaceAll("[A-Z]", "_$0").toLowerCase(Locale.ROOT)
        : given.value();
  }
}
