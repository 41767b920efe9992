package io.oci2wasm.cli;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.SourceReference;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.DockerConfig;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which image, and how its registry is reached. */
final class SourceOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description =
          "The image: [docker://]HOST/REPO[:TAG|@DIGEST], oci:DIR[:TAG], oci-archive:FILE[:TAG],"
              + " docker-archive:FILE[:TAG], docker-daemon:NAME[:TAG] of this machine's docker"
              + " engine, or - for an archive on standard input.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String source;

  @Option(
      names = "--insecure-registry",
      paramLabel = "HOST[:PORT]",
      description = "Use plain HTTP for this registry. May be repeated.")
  private List<String> insecureRegistries = List.of();

  @Option(
      names = "--authfile",
      paramLabel = "FILE",
      description =
          "Credentials for registries: a docker config.json. Default: docker's own ($DOCKER_CONFIG"
              + " or ~/.docker), else those of skopeo and podman.")
  private @Nullable Path authFile;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "Certificates (PEM) of authorities to trust, in addition to those of the Java runtime.")
  private @Nullable Path caFile;

  SourceReference reference() {
    try {
      return SourceReference.parse(source);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  @Nullable Path caFile() {
    return caFile;
  }

  ImageSource open() throws RejectedException, IOException {
    return reference().open(this::client);
  }

  private RegistryClient client() {
    if (authFile != null && !Files.isReadable(authFile)) {
      throw new ParameterException(
          spec.commandLine(),
          "--authfile "
              + authFile
              + ": found no file that can be read, expected docker's config.json");
    }
    CredentialStore credentials =
        authFile == null ? DockerConfig.ofUser(System.getenv()) : DockerConfig.of(authFile);
    return new RegistryClient(
        RegistryAccess.of(null, Set.copyOf(insecureRegistries), credentials).trusting(caFile));
  }
}
