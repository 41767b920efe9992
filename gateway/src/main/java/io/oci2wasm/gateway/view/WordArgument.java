package io.oci2wasm.gateway.view;

import java.sql.Types;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;

/** Binds a value as the word that it is in JSON. */
abstract class WordArgument<T> extends AbstractArgumentFactory<T> {
  WordArgument() {
    super(Types.VARCHAR);
  }

  @Override
  protected final Argument build(T value, ConfigRegistry config) {
    String word = value.toString();
    return (position, statement, context) -> statement.setString(position, word);
  }
}
