package io.oci2wasm.gateway.state.database;

import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The database with what the API shows. */
public record DatabaseConfig(
    @ConfigKey(
            meaning =
                "jdbc:postgresql://HOST[:PORT]/NAME, which several gateways may share. Without "
                    + "it, an H2 file for one gateway.")
        @Nullable String url,
    @ConfigKey(meaning = "User of the database.") @Nullable String user,
    @ConfigKey(meaning = "File with that user's password.") @Nullable Path passwordFile,
    @ConfigKey(
            meaning =
                "The H2 file's directory. By default DIR/state of `up --data DIR`, else "
                    + "oci2wasm/state in the user's data directory.")
        @Nullable Path directory,
    @ConfigKey(meaning = "Most connections: 2 or more.", byDefault = "8") int connections,
    @ConfigKey(
            meaning =
                "How long a request is kept after its last outcome, 1h or more. By default for "
                    + "ever.")
        @Nullable Duration keep) {
  private static final Pattern URL = Pattern.compile("jdbc:(postgresql|h2):.+");
  private static final Duration MIN_KEEP = Duration.ofHours(1);

  public static final DatabaseConfig DEFAULT = ConfigFile.defaults(DatabaseConfig.class);

  public DatabaseConfig {
    if (url != null && !URL.matcher(url).matches()) {
      throw new IllegalArgumentException(
          "url: found \"" + withoutSecrets(url) + "\", expected jdbc:postgresql:… or jdbc:h2:…");
    }
    if (connections < 2) {
      throw new IllegalArgumentException(
          "connections: found " + connections + ", expected 2 or more");
    }
    if (keep != null && keep.compareTo(MIN_KEEP) < 0) {
      throw new IllegalArgumentException(
          "keep: found " + keep.toSeconds() + "s, expected 1h or more");
    }
  }

  /** The same with an H2 file in {@code directory}, unless a URL or a directory is configured. */
  public DatabaseConfig orIn(Path directory) {
    return url != null || this.directory != null
        ? this
        : new DatabaseConfig(null, user, passwordFile, directory, connections, keep);
  }

  /** The URL that is opened. */
  public String effectiveUrl() {
    if (url != null) {
      return url;
    }
    if (directory == null) {
      throw new ConfigException(
          "gateway.database: found neither url nor directory, expected one of them");
    }
    // Whoever ends the process closes it: H2's own hook would be quicker than what still works with
    // it. By default a connection keeps eight statements; taking in records needs more, each time.
    return "jdbc:h2:file:"
        + directory.toAbsolutePath().resolve("gateway")
        + ";DB_CLOSE_ON_EXIT=FALSE;QUERY_CACHE_SIZE=128";
  }

  /** Parameters of a URL may hold a password. */
  private static String withoutSecrets(String url) {
    return url.replaceFirst("[?;].*", "…");
  }

  @Override
  public String toString() {
    return "DatabaseConfig[" + (url == null ? directory : withoutSecrets(url)) + "]";
  }
}
