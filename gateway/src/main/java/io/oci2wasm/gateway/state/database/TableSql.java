package io.oci2wasm.gateway.state.database;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The statements that write one row of a table with the key {@code id}. Each column is written once
 * for both.
 */
public record TableSql(String insert, String update) {
  /**
   * Makes both.
   *
   * @param columns as {@code column = :value}, separated by commas
   */
  public static TableSql of(String table, String columns) {
    String[][] pairs =
        Stream.of(columns.split(","))
            .map(one -> one.strip().split("\\s*=\\s*"))
            .toArray(String[][]::new);
    return new TableSql(
        "INSERT INTO "
            + table
            + " (id, "
            + part(pairs, 0)
            + ") VALUES (:id, "
            + part(pairs, 1)
            + ")",
        "UPDATE " + table + " SET " + columns.strip() + " WHERE id = :id");
  }

  private static String part(String[][] pairs, int which) {
    return Stream.of(pairs).map(pair -> pair[which]).collect(Collectors.joining(", "));
  }
}
