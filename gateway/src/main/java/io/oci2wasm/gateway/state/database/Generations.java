package io.oci2wasm.gateway.state.database;

import java.util.List;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;

/**
 * Which set of the computed tables is shown, and which is computed beside it: the one row of the
 * table {@code generation}.
 */
final class Generations {
  /** How long others may still read from tables that are no longer shown, in seconds. */
  private static final int GRACE = 60;

  private Generations() {}

  /** The SQL schema of a set, quoted. */
  static String schema(String base, int number) {
    return quoted(number == 0 ? base : base + "_state_" + number);
  }

  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The set that is shown. */
  static int living(Handle handle) {
    return handle.createQuery("SELECT living FROM generation").mapTo(Integer.class).one();
  }

  /** The set that is computed beside it, or is to be. */
  static OptionalInt upcoming(Handle handle) {
    return handle
        .createQuery("SELECT upcoming FROM generation WHERE upcoming IS NOT NULL")
        .mapTo(Integer.class)
        .findOne()
        .map(OptionalInt::of)
        .orElseGet(OptionalInt::empty);
  }

  /** Wants another set computed, unless one is wanted already. */
  static void want(Handle handle) {
    handle.execute(
        "UPDATE generation SET latest = latest + 1, upcoming = latest + 1 WHERE upcoming IS NULL");
  }

  /** Whether the set in {@code next} has not taken in all that the one that is shown has. */
  static boolean isBehind(Handle handle, String next) {
    return handle
        .createQuery(
            """
            SELECT 1 FROM consumed shown JOIN %s.consumed beside
              ON beside.topic = shown.topic AND beside.number = shown.number
            WHERE beside.next_offset < shown.next_offset LIMIT 1
            """
                .formatted(next))
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /** Shows the set that was computed beside. */
  static void show(Handle handle, int number) {
    handle.execute(
        "UPDATE generation SET living = ?, upcoming = NULL, switched_at = CURRENT_TIMESTAMP",
        number);
  }

  /** Whether another set was shown until a while ago, which nobody reads any more. */
  static boolean isSettled(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT 1 FROM generation
            WHERE living > 0 AND switched_at < CURRENT_TIMESTAMP - INTERVAL '%d' SECOND
            """
                .formatted(GRACE))
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /** Drops all sets but the one that is shown and the one that is computed beside it. */
  static void dropOthers(Handle handle, String base) {
    String prefix = base + "_state_";
    List<String> kept =
        List.of(prefix + living(handle), prefix + upcoming(handle).orElseGet(() -> living(handle)));
    handle
        .createQuery("SELECT schema_name FROM information_schema.schemata")
        .mapTo(String.class)
        .list()
        .stream()
        .filter(
            name -> name.startsWith(prefix) && name.substring(prefix.length()).matches("[0-9]+"))
        .filter(name -> !kept.contains(name))
        .forEach(name -> handle.execute("DROP SCHEMA IF EXISTS " + quoted(name) + " CASCADE"));
    for (String table : Schema.STATE.tables()) {
      handle.execute("DROP TABLE IF EXISTS " + quoted(base) + "." + table);
    }
    handle.execute(
        "DELETE FROM " + quoted(base) + ".schema_version WHERE name = ?", Schema.STATE.name());
  }
}
