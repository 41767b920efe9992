package io.oci2wasm.ingest.source.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.IdentityToken;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A program {@code docker-credential-NAME} that knows credentials (docker-credential-helpers'
 * protocol: {@code get}, the key on stdin, JSON on stdout).
 */
final class CredentialHelper {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");
  private static final int MAX_ANSWER_BYTES = 64 * 1024;
  private static final long TIMEOUT_SECONDS = 30;

  /** The user name that says that the secret is an identity token. */
  private static final String TOKEN_USER = "<token>";

  private final String name;

  CredentialHelper(String name) {
    this.name = name;
  }

  /** What the helper knows of {@code key}; empty if it knows nothing, which it tells by failing. */
  Optional<Credential> get(String key) throws RejectedException, IOException {
    if (!NAME.matcher(name).matches()) {
      throw failed("a name of other characters than letters, digits, dot, dash and underscore");
    }
    Process process = start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(key.getBytes(UTF_8));
      }
      // An answer fits into the pipe's buffer: waiting first means that a hanging helper ends too.
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw failed("no end within " + TIMEOUT_SECONDS + " s");
      }
      byte[] answer = process.getInputStream().readNBytes(MAX_ANSWER_BYTES);
      return process.exitValue() == 0 ? Optional.of(parse(answer)) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a credential helper");
    } finally {
      process.destroy();
    }
  }

  private Process start() throws RejectedException {
    try {
      return new ProcessBuilder("docker-credential-" + name, "get")
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw failed("no such program that can be run");
    }
  }

  private Credential parse(byte[] answer) throws RejectedException, IOException {
    try {
      JsonNode json = Json.MAPPER.readTree(answer);
      String username = json.path("Username").asText();
      String secret = json.path("Secret").asText();
      return username.equals(TOKEN_USER)
          ? new IdentityToken(secret)
          : new Password(username, secret);
    } catch (JsonProcessingException e) {
      // Without the parser's text, which quotes the answer: it holds secrets.
      throw failed("no JSON");
    }
  }

  private RejectedException failed(String found) {
    return new RejectedException(
        Reason.UNAUTHORIZED,
        String.format(
            "asking credential helper docker-credential-%s: found %s, expected Username"
                + " and Secret; check docker's config.json",
            name, found));
  }
}
