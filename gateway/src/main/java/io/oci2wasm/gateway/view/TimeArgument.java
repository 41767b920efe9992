package io.oci2wasm.gateway.view;

import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;

/** Binds a moment with its zone: what JDBC makes of it otherwise depends on the process's zone. */
final class TimeArgument extends AbstractArgumentFactory<Instant> {
  TimeArgument() {
    super(Types.TIMESTAMP_WITH_TIMEZONE);
  }

  @Override
  protected Argument build(Instant value, ConfigRegistry config) {
    OffsetDateTime time = value.atOffset(ZoneOffset.UTC);
    return (position, statement, context) -> statement.setObject(position, time);
  }
}
