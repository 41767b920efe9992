package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.TrustedCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Calls the gateway's REST API (docs/FORMATS.md, "HTTP API"). Redirects are not followed: the token
 * goes nowhere else.
 */
public final class GatewayClient {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(5);

  private final URI gateway;
  private final @Nullable String token;
  private final HttpClient client;

  /**
   * A client.
   *
   * @param gateway its address, {@code http[s]://HOST[:PORT][/PREFIX]}
   * @param token of the API, or null where it needs none
   * @param caFile certificates (PEM) of authorities that are trusted besides the Java runtime's
   * @throws ConfigException if {@code caFile} cannot be read or holds none
   */
  public GatewayClient(URI gateway, @Nullable String token, @Nullable Path caFile) {
    this.gateway = gateway;
    this.token = token;
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .sslContext(TrustedCertificates.with(caFile))
            .build();
  }

  /** The address of {@code path} there; query parameters whose value is null are left out. */
  String address(String path, Map<String, @Nullable String> query) {
    return gateway.toString().replaceFirst("/+$", "") + path + encoded(query);
  }

  /**
   * What {@code GET path} answers.
   *
   * @param path from the root, with what needs it already encoded, e.g. {@code /api/v1/conversions}
   * @param query parameters of it; those whose value is null are left out
   * @throws RefusedCallException if the gateway refuses the call
   * @throws UnavailableException if it does not answer, or cannot now
   */
  public JsonNode get(String path, Map<String, @Nullable String> query)
      throws RefusedCallException, IOException {
    return call("GET", path + encoded(query), null);
  }

  /**
   * What {@code POST path} answers.
   *
   * @param body sent as JSON
   * @throws RefusedCallException if the gateway refuses the call
   * @throws UnavailableException if it does not answer, or cannot now
   */
  public JsonNode post(String path, Object body) throws RefusedCallException, IOException {
    return call("POST", path, body);
  }

  /**
   * Writes what {@code GET path} answers to {@code out}.
   *
   * @return the digest of what was written
   * @throws RefusedCallException if the gateway refuses the call
   * @throws UnavailableException if it does not answer, or cannot now
   */
  public Sha256Digest download(String path, OutputStream out)
      throws RefusedCallException, IOException {
    Call call = request("GET", path, null);
    HttpResponse<InputStream> response = send(call, BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() != HttpURLConnection.HTTP_OK) {
        throw failure(call.what(), response.statusCode(), json(body.readAllBytes()));
      }
      MessageDigest digest = Sha256Digest.newMessageDigest();
      new DigestInputStream(body, digest).transferTo(out);
      return Sha256Digest.from(digest.digest());
    }
  }

  private record Call(String what, HttpRequest request) {}

  private JsonNode call(String method, String path, @Nullable Object body)
      throws RefusedCallException, IOException {
    Call call = request(method, path, body);
    HttpResponse<byte[]> response = send(call, BodyHandlers.ofByteArray());
    JsonNode answer = json(response.body());
    if (response.statusCode() / 100 == 2 && answer != null) {
      return answer;
    }
    throw failure(call.what(), response.statusCode(), answer);
  }

  private Call request(String method, String path, @Nullable Object body) throws IOException {
    String address = address(path, Map.of());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address))
            .timeout(ANSWER_TIMEOUT)
            .header("Accept", "application/json, */*;q=0.5")
            .method(
                method,
                body == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body)));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return new Call(method + " " + address, request.build());
  }

  private <T> HttpResponse<T> send(Call call, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    String what = call.what();
    try {
      return client.send(call.request(), handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(what + ": interrupted");
    } catch (SSLHandshakeException e) {
      throw new UnavailableException(
          String.format(
              "%s: found a certificate that is not trusted (%s), expected one for this host"
                  + " by an authority that the Java runtime knows; name the authority's"
                  + " certificate with --ca-file",
              what, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new UnavailableException(
          String.format(
              "%s: found no answer (%s); is the gateway up, and --gateway its address?",
              what, reason(e)),
          e);
    }
  }

  /** The client says of a port that nobody listens on only which class of error that is. */
  private static String reason(IOException e) {
    if (e instanceof HttpConnectTimeoutException) {
      return "the host does not answer";
    }
    if (e instanceof ConnectException) {
      return e.getCause() != null && e.getCause().getCause() instanceof UnresolvedAddressException
          ? "the host's name is not known"
          : "nothing listens there";
    }
    return e.getMessage() == null ? "the connection broke" : e.getMessage();
  }

  /** Why a call failed: the exception of a refusal is thrown here. */
  private static UnavailableException failure(String what, int status, @Nullable JsonNode answer)
      throws RefusedCallException {
    String detail = answer == null ? "" : answer.path("detail").asText("");
    String found = what + ": found HTTP " + status + (detail.isEmpty() ? "" : ", " + detail);
    if (status == 401) {
      throw new RefusedCallException(
          status, found + "; name the file of the API's token with --api-token-file");
    }
    if (status / 100 == 4 && status != 429) {
      throw new RefusedCallException(
          status, detail.isEmpty() ? found + "; is --gateway a gateway's address?" : found);
    }
    return new UnavailableException(
        found + (detail.isEmpty() ? ", expected JSON; is --gateway a gateway's address?" : ""),
        null);
  }

  private static @Nullable JsonNode json(byte[] body) {
    try {
      JsonNode read = Json.MAPPER.readTree(new String(body, StandardCharsets.UTF_8));
      return read.isMissingNode() ? null : read;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static String encoded(Map<String, @Nullable String> query) {
    StringBuilder text = new StringBuilder();
    query.forEach(
        (name, value) -> {
          if (value != null) {
            text.append(text.length() == 0 ? '?' : '&').append(encoded(name)).append('=');
            text.append(encoded(value));
          }
        });
    return text.toString();
  }

  private static String encoded(String word) {
    return URLEncoder.encode(word, StandardCharsets.UTF_8);
  }
}
