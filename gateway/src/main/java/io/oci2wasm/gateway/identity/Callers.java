package io.oci2wasm.gateway.identity;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells callers by what they present as {@code Authorization: Bearer TOKEN} (RFC 6750, section
 * 2.1). Digests of both sides are compared, in constant time, so that neither content nor length
 * leaks. Thread-safe.
 */
public final class Callers {
  private static final Logger LOGGER = LoggerFactory.getLogger(Callers.class);
  private static final Pattern HEADER = Pattern.compile("(?i:bearer) +(\\S+) *");

  /** RFC 7515, section 7.1. */
  private static final Pattern JWT =
      Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

  /** How often the file is looked at for changes. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final List<Known> always;
  private final @Nullable Path file;
  private final @Nullable TokenIssuer issuer;
  private final Clock clock;
  private volatile Loaded loaded;

  private Callers(
      List<Known> always, @Nullable Path file, @Nullable TokenIssuer issuer, Clock clock) {
    this.always = always;
    this.file = file;
    this.issuer = issuer;
    this.clock = clock;
    this.loaded =
        file == null
            ? new Loaded(List.of(), null, "", Instant.MAX)
            : new Loaded(readSome(file), Stamp.of(file), "", clock.instant());
  }

  private record Known(Sha256Digest digest, Caller caller) {}

  /** What tells one content of a file from another, as the file system notes it. */
  private record Stamp(FileTime modified, long size) {
    static @Nullable Stamp of(Path file) {
      try {
        return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
      } catch (IOException e) {
        return null;
      }
    }
  }

  /**
   * What the file said when it was read last.
   *
   * @param problem why it could not be read since, or nothing
   */
  private record Loaded(
      List<Known> known, @Nullable Stamp stamp, String problem, Instant lookedAt) {}

  /**
   * The callers that are configured. A change of the file holds within a second; while the file
   * cannot be read, what it said before holds.
   *
   * @param tokenFile has one token, whose bearer may do everything
   * @param callersFile as {@link CallersFile} has it
   * @param issuer gives tokens that look like a JWT; without it and both files everyone may do
   *     everything
   * @throws ConfigException if a file cannot be read
   */
  public static Callers of(
      @Nullable Path tokenFile,
      @Nullable Path callersFile,
      @Nullable TokenIssuer issuer,
      Clock clock) {
    List<Known> always =
        tokenFile == null
            ? List.of()
            : List.of(new Known(digest(SecretFile.read(tokenFile)), Caller.TOKEN));
    return new Callers(always, callersFile, issuer, clock);
  }

  /** Whether everyone is let in. */
  public boolean areAnyone() {
    return !knowTokens() && issuer == null;
  }

  /** Whether some callers have tokens of ours. */
  public boolean knowTokens() {
    return !always.isEmpty() || file != null;
  }

  /**
   * Who sends this {@code Authorization} header; empty if nobody who is known.
   *
   * @throws RefusedException if the issuer refuses it
   * @throws UnavailableException if the issuer does not answer
   */
  public Optional<Caller> ofHeader(@Nullable String authorization)
      throws RefusedException, UnavailableException {
    if (areAnyone()) {
      return Optional.of(Caller.ANYONE);
    }
    Matcher matcher = HEADER.matcher(authorization == null ? "" : authorization);
    return matcher.matches() ? ofToken(matcher.group(1)) : Optional.empty();
  }

  /**
   * Who has this token; empty if nobody who is known.
   *
   * @throws RefusedException if the issuer refuses it
   * @throws UnavailableException if the issuer does not answer
   */
  public Optional<Caller> ofToken(String token) throws RefusedException, UnavailableException {
    if (areAnyone()) {
      return Optional.of(Caller.ANYONE);
    }
    byte[] presented = bytes(digest(token));
    Caller found = null;
    for (List<Known> some : List.of(always, current())) {
      for (Known one : some) {
        if (MessageDigest.isEqual(bytes(one.digest()), presented)) {
          found = one.caller();
        }
      }
    }
    return found == null && issuer != null && JWT.matcher(token).matches()
        ? Optional.of(issuer.caller(token))
        : Optional.ofNullable(found);
  }

  private List<Known> current() {
    Loaded last = loaded;
    Instant now = clock.instant();
    if (file == null || now.isBefore(last.lookedAt().plus(LOOK))) {
      return last.known();
    }
    Loaded next = loadedAgain(file, last, now);
    loaded = next;
    return next.known();
  }

  private static Loaded loadedAgain(Path file, Loaded last, Instant now) {
    Stamp stamp = Stamp.of(file);
    if (stamp != null && stamp.equals(last.stamp())) {
      return new Loaded(last.known(), stamp, last.problem(), now);
    }
    try {
      List<Known> known = read(file);
      LOGGER.atInfo().addKeyValue("callers", known.size()).log("Read the callers file again");
      return new Loaded(known, stamp, "", now);
    } catch (ConfigException e) {
      String problem = String.valueOf(e.getMessage());
      if (!Objects.equals(problem, last.problem())) {
        LOGGER
            .atWarn()
            .addKeyValue(LogKeys.ERROR, problem)
            .log("The callers file is not taken over; what it said before holds");
      }
      return new Loaded(last.known(), last.stamp(), problem, now);
    }
  }

  /** At the start, a file without callers is a mistake. */
  private static List<Known> readSome(Path file) {
    List<Known> known = read(file);
    if (known.isEmpty()) {
      throw new ConfigException("callers file " + file + ": found no caller, expected one a line");
    }
    return known;
  }

  private static List<Known> read(Path file) {
    return CallersFile.read(file).entrySet().stream()
        .map(one -> new Known(one.getKey(), one.getValue()))
        .toList();
  }

  private static Sha256Digest digest(String token) {
    return Sha256Digest.of(token.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] bytes(Sha256Digest digest) {
    return digest.hex().getBytes(StandardCharsets.US_ASCII);
  }
}
