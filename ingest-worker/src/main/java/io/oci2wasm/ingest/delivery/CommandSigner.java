package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.PemKeys;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Signs by the operator's own program, which asks a KMS or a token: the key is never in this
 * process. What the program says on standard error goes nowhere, since nobody knows what is in it.
 */
final class CommandSigner implements Signer {
  /** RSA of 16384 bits takes 2,732 characters. */
  private static final int MAX_ANSWER_BYTES = 16 << 10;

  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final List<String> command;
  private final Duration timeout;
  private final PublicKey publicKey;
  private final String id;

  private CommandSigner(SignerConfig config, PublicKey publicKey) {
    this.command = config.command();
    this.timeout = config.timeout();
    this.publicKey = publicKey;
    this.id = Sha256Digest.of(publicKey.getEncoded()).hex();
  }

  /**
   * The signer of a configuration that has one. Does not run the program: a KMS may be away.
   *
   * @throws ConfigException if there is no such public key or program
   */
  static CommandSigner of(SignerConfig config) {
    Path file = Objects.requireNonNull(config.publicKeyFile());
    PublicKey publicKey =
        PemKeys.publicKey(SecretFile.read(file))
            .orElseThrow(
                () ->
                    new ConfigException(
                        String.format(
                            "delivery.signer.publicKeyFile: found no block BEGIN PUBLIC KEY with an"
                                + " EC, RSA or Ed25519 key in %s, expected one in PEM form",
                            file)));
    String program = config.command().get(0);
    if (program.contains("/") && !Files.isExecutable(Path.of(program))) {
      throw new ConfigException(
          String.format(
              "delivery.signer.command: found no program %s that this user may execute, expected"
                  + " one that signs what it reads (docs/SECURITY.md has examples)",
              program));
    }
    return new CommandSigner(config, publicKey);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public byte[] sign(byte[] message) throws SignerException {
    byte[] signature = decoded(answer(message));
    try {
      if (PemKeys.verify(publicKey, message, signature)) {
        return signature;
      }
    } catch (GeneralSecurityException e) {
      throw failed("bytes that are no signature of an " + publicKey.getAlgorithm() + " key", e);
    }
    throw failed("a signature of another key or other bytes", null);
  }

  /** What the program prints. The message is a file, so that it need not read all of it. */
  private byte[] answer(byte[] message) throws SignerException {
    try {
      Path input = Files.createTempFile("oci2wasm-sign-", "");
      try {
        Files.write(input, message);
        return run(input);
      } finally {
        Files.deleteIfExists(input);
      }
    } catch (SignerException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("an interruption of the wait for it", e);
    } catch (IOException e) {
      throw new SignerException("keeping what is to be signed in a temporary file: " + e, e);
    }
  }

  private byte[] run(Path input) throws SignerException, InterruptedException {
    Process process = start(input);
    try {
      byte[] answer = read(process);
      if (answer.length > MAX_ANSWER_BYTES) {
        throw failed("more than " + MAX_ANSWER_BYTES + " bytes", null);
      }
      if (!process.waitFor(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
        throw failed("no end after its output had ended", null);
      }
      if (process.exitValue() != 0) {
        throw failed("exit code " + process.exitValue(), null);
      }
      return answer;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Process start(Path input) throws SignerException {
    try {
      return new ProcessBuilder(command)
          .redirectInput(input.toFile())
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw failed("no such program that can be run", e);
    }
  }

  /** What it started itself may hold the pipe open, so nobody waits for the pipe's end alone. */
  private byte[] read(Process process) throws SignerException, InterruptedException {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try (InputStream out = process.getInputStream()) {
                answer.complete(out.readNBytes(MAX_ANSWER_BYTES + 1));
              } catch (IOException e) {
                answer.completeExceptionally(e);
              }
            },
            "signer-output");
    reader.setDaemon(true);
    reader.start();
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw failed("no signature within " + timeout.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw failed("output that cannot be read", e);
    }
  }

  private byte[] decoded(byte[] answer) throws SignerException {
    try {
      return Base64.getDecoder().decode(new String(answer, US_ASCII).replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      // Without its text and cause, which quote what was printed.
      throw failed("something that is no base64", null);
    }
  }

  /** Names the program alone: its arguments may hold what nobody else is to know. */
  private SignerException failed(String found, @Nullable Throwable cause) {
    return new SignerException(
        String.format(
            "signing with the program %s: found %s, expected a signature in base64 by the key of"
                + " delivery.signer.publicKeyFile; run it with some bytes on standard input to see"
                + " what it says",
            command.get(0), found),
        cause);
  }
}
