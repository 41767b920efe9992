package io.oci2wasm.ingest.source.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RegistryName;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.IdentityToken;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Credentials as docker, podman and skopeo keep them: a JSON file with {@code auths}, {@code
 * credHelpers} and {@code credsStore} (docker login's documentation, "Credential stores"). It is
 * read for each new repository, so that a login counts without a restart.
 */
public final class DockerConfig implements CredentialStore {
  /** Docker Hub's key has been an address since before registries had hosts. */
  private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

  /** A key with another path is for a part of a registry. */
  private static final Pattern WHOLE_HOST =
      Pattern.compile("(?:https?://)?(?<host>[^/]+)(?:/|/v[12]/?)?");

  private final List<Path> files;

  private DockerConfig(List<Path> files) {
    this.files = files;
  }

  /** The one file a user named; it must exist. */
  public static DockerConfig of(Path file) {
    return new DockerConfig(List.of(file));
  }

  /** The files in which a user's tools keep logins; the first that exists counts. */
  public static CredentialStore ofUser(Map<String, String> environment) {
    List<Path> places = UserFiles.in(environment);
    return host -> {
      Optional<Path> file = places.stream().filter(Files::isRegularFile).findFirst();
      return file.isEmpty() ? Optional.empty() : of(file.get()).find(host);
    };
  }

  @Override
  public Optional<Credential> find(String host) throws RejectedException, IOException {
    for (Path file : files) {
      JsonNode config = read(file);
      for (String key : keys(config, host)) {
        Optional<Credential> found = find(file, config, key);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static JsonNode read(Path file) throws RejectedException, IOException {
    try {
      return Json.MAPPER.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      // Without the parser's text, which quotes the file: it holds secrets.
      throw damaged(file, "no JSON");
    }
  }

  /** Under which keys a host's credentials may be: as tools write them, then as people do. */
  private static Set<String> keys(JsonNode config, String host) {
    Set<String> keys =
        new LinkedHashSet<>(
            host.equals("docker.io")
                ? List.of(DOCKER_HUB_KEY, host, "index.docker.io")
                : List.of(host, "https://" + host, "https://" + host + "/v2/", "http://" + host));
    for (String member : new String[] {"auths", "credHelpers"}) {
      config
          .path(member)
          .fieldNames()
          .forEachRemaining(
              key -> {
                Matcher whole = WHOLE_HOST.matcher(key);
                if (whole.matches() && RegistryName.normal(whole.group("host")).equals(host)) {
                  keys.add(key);
                }
              });
    }
    return keys;
  }

  private static Optional<Credential> find(Path file, JsonNode config, String key)
      throws RejectedException, IOException {
    String helper = config.path("credHelpers").path(key).asText(config.path("credsStore").asText());
    if (!helper.isEmpty()) {
      Optional<Credential> helped = new CredentialHelper(helper).get(key);
      if (helped.isPresent()) {
        return helped;
      }
    }
    JsonNode entry = config.path("auths").path(key);
    String identityToken = entry.path("identitytoken").asText();
    if (!identityToken.isEmpty()) {
      return Optional.of(new IdentityToken(identityToken));
    }
    String auth = entry.path("auth").asText();
    if (!auth.isEmpty()) {
      return Optional.of(decode(file, auth));
    }
    String username = entry.path("username").asText();
    return username.isEmpty()
        ? Optional.empty()
        : Optional.of(new Password(username, entry.path("password").asText()));
  }

  /** {@code auth} is base64 of {@code NAME:PASSWORD}. */
  private static Credential decode(Path file, String auth) throws RejectedException {
    String pair = decodeBase64(auth);
    int colon = pair == null ? -1 : pair.indexOf(':');
    if (pair == null || colon < 0) {
      throw damaged(file, "an auth that is not base64 of NAME:PASSWORD");
    }
    return new Password(pair.substring(0, colon), pair.substring(colon + 1));
  }

  private static @Nullable String decodeBase64(String text) {
    try {
      return new String(Base64.getDecoder().decode(text), UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static RejectedException damaged(Path file, String found) {
    return new RejectedException(
        Reason.UNAUTHORIZED,
        String.format(
            "reading credentials from %s: found %s, expected docker's config.json; log in"
                + " to the registry again",
            file, found));
  }
}
