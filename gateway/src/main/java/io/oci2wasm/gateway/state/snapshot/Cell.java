package io.oci2wasm.gateway.state.snapshot;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** How values of a column stand in a snapshot. All our times have a zone. */
enum Cell {
  TEXT {
    @Override
    void write(ResultSet row, int column, JsonGenerator out) throws SQLException, IOException {
      String value = row.getString(column);
      if (value == null) {
        out.writeNull();
      } else {
        out.writeString(value);
      }
    }

    @Override
    void bind(PreparedStatement statement, int column, JsonNode value) throws SQLException {
      statement.setString(column, expect(value.isTextual(), value).textValue());
    }
  },
  NUMBER {
    @Override
    void write(ResultSet row, int column, JsonGenerator out) throws SQLException, IOException {
      long value = row.getLong(column);
      if (row.wasNull()) {
        out.writeNull();
      } else {
        out.writeNumber(value);
      }
    }

    @Override
    void bind(PreparedStatement statement, int column, JsonNode value) throws SQLException {
      statement.setLong(column, expect(value.isIntegralNumber(), value).longValue());
    }
  },
  REAL {
    @Override
    void write(ResultSet row, int column, JsonGenerator out) throws SQLException, IOException {
      double value = row.getDouble(column);
      if (row.wasNull()) {
        out.writeNull();
      } else {
        out.writeNumber(value);
      }
    }

    @Override
    void bind(PreparedStatement statement, int column, JsonNode value) throws SQLException {
      statement.setDouble(column, expect(value.isNumber(), value).doubleValue());
    }
  },
  TRUTH {
    @Override
    void write(ResultSet row, int column, JsonGenerator out) throws SQLException, IOException {
      boolean value = row.getBoolean(column);
      if (row.wasNull()) {
        out.writeNull();
      } else {
        out.writeBoolean(value);
      }
    }

    @Override
    void bind(PreparedStatement statement, int column, JsonNode value) throws SQLException {
      statement.setBoolean(column, expect(value.isBoolean(), value).booleanValue());
    }
  },
  TIME {
    @Override
    void write(ResultSet row, int column, JsonGenerator out) throws SQLException, IOException {
      OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
      if (value == null) {
        out.writeNull();
      } else {
        out.writeString(value.toInstant().toString());
      }
    }

    @Override
    void bind(PreparedStatement statement, int column, JsonNode value) throws SQLException {
      try {
        Instant time = Instant.parse(expect(value.isTextual(), value).textValue());
        statement.setObject(column, time.atOffset(ZoneOffset.UTC));
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(value + ", expected a time", e);
      }
    }
  },
  BYTES {
    @Override
    void write(ResultSet row, int column, JsonGenerator out) throws SQLException, IOException {
      byte[] value = row.getBytes(column);
      if (value == null) {
        out.writeNull();
      } else {
        out.writeBinary(value);
      }
    }

    @Override
    void bind(PreparedStatement statement, int column, JsonNode value) throws SQLException {
      try {
        statement.setBytes(column, expect(value.isTextual(), value).binaryValue());
      } catch (IOException e) {
        throw new IllegalArgumentException("a text, expected base64", e);
      }
    }
  };

  /** How PostgreSQL and H2 name the types of our columns. */
  static Cell of(int type) {
    return switch (type) {
      case Types.INTEGER, Types.BIGINT -> NUMBER;
      case Types.DOUBLE -> REAL;
      case Types.BOOLEAN, Types.BIT -> TRUTH;
      case Types.TIMESTAMP_WITH_TIMEZONE, Types.TIMESTAMP -> TIME;
      case Types.BINARY, Types.BLOB -> BYTES;
      case Types.VARCHAR -> TEXT;
      default -> throw new IllegalStateException("snapshots know no columns of type " + type);
    };
  }

  abstract void write(ResultSet row, int column, JsonGenerator out)
      throws SQLException, IOException;

  /**
   * Binds a value that is not null.
   *
   * @throws IllegalArgumentException if it is no value of such a column
   */
  abstract void bind(PreparedStatement statement, int column, JsonNode value) throws SQLException;

  private static JsonNode expect(boolean fits, JsonNode value) {
    if (!fits) {
      throw new IllegalArgumentException(
          value.getNodeType() + ", expected another kind of value in its column");
    }
    return value;
  }
}
