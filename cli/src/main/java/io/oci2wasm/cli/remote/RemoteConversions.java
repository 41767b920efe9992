package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.converter.convert.OutputFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The conversions that a gateway knows, and new ones that it is asked for. */
public final class RemoteConversions {
  private static final String CONVERSIONS = "/api/v1/conversions";
  private static final String REQUESTS = "/api/v1/requests/";
  private static final String BUNDLES = "/api/v1/bundles/";
  private static final int NOT_FOUND = 404;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9.:_-]{1,300}");

  private static final Pattern DATA_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*\\.data");

  /** A request is shown when the gateway has read it from Kafka, which takes a moment. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final GatewayClient client;

  public RemoteConversions(GatewayClient client) {
    this.client = client;
  }

  /**
   * Asks for {@code image} and waits until all its conversions have ended.
   *
   * @param platforms none means all that are configured
   * @return them, as the API shows them
   */
  public List<JsonNode> convert(String image, List<Platform> platforms)
      throws RefusedCallException, IOException {
    Map<String, Object> order = new LinkedHashMap<>();
    order.put("image", image);
    order.put("platforms", platforms.stream().map(Platform::toString).toList());
    String id = client.post(CONVERSIONS, order).path("requestId").asText();
    if (id.isEmpty()) {
      throw new UnavailableException(
          CONVERSIONS + ": found no requestId, expected one; is --gateway a gateway's address?",
          null);
    }
    JsonNode request =
        new Patience(
                Duration.ofMillis(500), PATIENCE, "interrupted while waiting for request " + id)
            .until(() -> find(id), answer -> answer.path("ended").asBoolean(), answer -> {});
    List<JsonNode> conversions = new ArrayList<>();
    request.path("conversions").forEach(conversions::add);
    return conversions;
  }

  private JsonNode find(String request) throws RefusedCallException, IOException {
    try {
      return client.get(REQUESTS + request, Map.of());
    } catch (RefusedCallException e) {
      if (e.status() == NOT_FOUND) {
        throw new UnavailableException(
            "request "
                + request
                + ": the gateway took it, but does not show it; try `oci2wasm list`",
            e);
      }
      throw e;
    }
  }

  /** A page of conversions, newest first. */
  public JsonNode list(Map<String, @Nullable String> query)
      throws RefusedCallException, IOException {
    return client.get(CONVERSIONS, query);
  }

  /** One conversion with its history. */
  public JsonNode get(String id) throws RefusedCallException, IOException {
    if (!ID.matcher(id).matches()) {
      throw new RefusedCallException(
          NOT_FOUND, "conversion \"" + id + "\": found no id, expected one as list prints it");
    }
    return client.get(CONVERSIONS + "/" + id, Map.of());
  }

  /** The address of the page that runs the bundle of {@code conversion} in a browser. */
  public String runPage(JsonNode conversion) {
    Map<String, @Nullable String> query = new LinkedHashMap<>();
    query.put("conversion", conversion.path("conversionId").asText());
    query.put("image", conversion.path("image").path("repository").asText());
    query.put("platform", conversion.path("platform").asText());
    return client.address("/run/", query);
  }

  /**
   * Writes the bundle of {@code conversion} to {@code file}, which appears whole or not at all. The
   * data file of a split one appears beside it, under the name that its module knows, and before
   * it. If the conversion does not know a file's digest, the gateway does when it has sent all of
   * it.
   *
   * @return the module's digest
   * @throws RejectedException if there is no bundle
   * @throws IOException if other bytes came than those that the conversion made
   */
  public Sha256Digest download(JsonNode conversion, Path file)
      throws RejectedException, RefusedCallException, IOException {
    String id = conversion.path("conversionId").asText("");
    if (id.isEmpty() || !conversion.has("bundle")) {
      throw new RejectedException(
          Reason.NOT_FOUND,
          String.format(
              "conversion %s: found it %s, expected it built",
              conversion.path("id").asText(), conversion.path("state").asText()));
    }
    if (Files.isDirectory(file)) {
      throw new IOException("output " + file + ": found a folder, expected a file or no such name");
    }
    JsonNode data = conversion.path("bundle").path("data");
    if (data.isMissingNode()) {
      return downloadModule(conversion, id, file);
    }
    Path second = file.resolveSibling(dataName(id, data));
    if (second.equals(file)) {
      throw new IOException(
          "output " + file + ": found the name of the data file, expected another for the module");
    }
    String recipe = conversion.path("recipe").path("digest").asText();
    try (OutputFile out = new OutputFile(second)) {
      Sha256Digest found = download(BUNDLES + id + "/data?recipe=" + recipe, out);
      check(id, found, stated(id, "data"));
      out.publish();
    }
    return downloadModule(conversion, id, file);
  }

  private Sha256Digest downloadModule(JsonNode conversion, String id, Path file)
      throws RefusedCallException, IOException {
    try (OutputFile out = new OutputFile(file)) {
      Sha256Digest found = download(BUNDLES + id, out);
      JsonNode known = conversion.path("bundle").path("digest");
      check(id, found, known.isTextual() ? known.asText() : stated(id, "module"));
      out.publish();
      return found;
    }
  }

  private Sha256Digest download(String path, OutputFile out)
      throws RefusedCallException, IOException {
    try {
      return client.download(path, Channels.newOutputStream(out.channel()));
    } catch (IOException e) {
      throw out.named(e);
    }
  }

  private static void check(String id, Sha256Digest found, String expected) throws IOException {
    if (!found.toString().equals(expected)) {
      throw new IOException(
          String.format(
              "bundle %s: found %s, expected %s; download it again", id, found, expected));
    }
  }

  /** What the gateway says of the file that it has just sent. */
  private String stated(String id, String file) throws RefusedCallException, IOException {
    return "sha256:"
        + client
            .get(BUNDLES + id + "/provenance/" + file, Map.of())
            .path("subject")
            .path(0)
            .path("digest")
            .path("sha256")
            .asText();
  }

  /** The file is written where the user wants the module: no other place may be named. */
  private static String dataName(String id, JsonNode data) throws IOException {
    String name = data.path("file").asText();
    if (!DATA_NAME.matcher(name).matches()) {
      throw new IOException(
          String.format(
              "bundle %s: found \"%s\" as the name of its data file, expected letters, digits and"
                  + " .data at the end; is --gateway a gateway's address?",
              id, name));
    }
    return name;
  }
}
