package io.oci2wasm.cli.pipeline;

import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.CallersFile;
import io.oci2wasm.gateway.identity.Role;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code oci2wasm token}: a token for one more caller of the API. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a token for a caller of a gateway's API. It prints the line that lets the caller in:",
      "append it to the file that gateway.callersFile names. The line tells nothing of the token."
    })
public final class TokenCommand implements Callable<Integer> {
  /** 256 bits: nobody guesses it, so its plain digest can be kept. */
  private static final int BYTES = 32;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Who it is for; the audit log has this name.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String name;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      description = "viewer, operator or admin. Default: ${DEFAULT-VALUE}.",
      defaultValue = "viewer")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String role;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "New file for the token, which only you can read.",
      required = true)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path output;

  @Override
  public Integer call() throws IOException {
    Caller caller = caller();
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    write(token);
    spec.commandLine().getOut().println(CallersFile.line(caller, token));
    spec.commandLine().getOut().flush();
    return 0;
  }

  private Caller caller() {
    try {
      return new Caller(name, Role.parse(role));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void write(String token) throws IOException {
    try (var channel =
        Files.newByteChannel(
            output,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      channel.write(ByteBuffer.wrap((token + "\n").getBytes(StandardCharsets.US_ASCII)));
    }
  }
}
