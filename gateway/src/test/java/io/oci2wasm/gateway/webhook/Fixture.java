package io.oci2wasm.gateway.webhook;

import static java.util.Objects.requireNonNull;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A body as its sender sends it, and the headers that tell what it is. Those of Distribution were
 * captured from 2.8.2, the others were written after their senders' documentation.
 */
public record Fixture(String sender, String name, Map<String, String> headers) {
  /** One push of each sender. */
  public static final List<Fixture> PUSHES =
      List.of(
          of("distribution", "push-oci-index"),
          of("harbor", "push"),
          of("harbor", "push-cloudevents"),
          of("dockerhub", "push"),
          of("github", "package"),
          of("github", "registry-package"),
          of("quay", "push"),
          of("ecr", "push"),
          of("acr", "push"),
          of("gar", "push"),
          of("jfrog", "push"),
          of("gitea", "push"),
          of("zot", "push"));

  /** Those whose senders sign the body: all others have a secret or a token beside it. */
  public static final List<Fixture> SIGNED_PUSHES =
      List.of(
          of("github", "package"),
          of("github", "registry-package"),
          of("jfrog", "push"),
          of("gitea", "push"));

  public static Fixture of(String sender, String name) {
    return new Fixture(sender, name, headers(sender, name));
  }

  private static Map<String, String> headers(String sender, String name) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", contentType(sender, name));
    switch (sender) {
      case "github" -> {
        headers.put("X-GitHub-Event", name.replace('-', '_'));
        headers.put("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
      }
      case "gitea" -> headers.put("X-Gitea-Event", "package");
      case "zot" -> {
        headers.put("Ce-Specversion", "1.0");
        headers.put("Ce-Id", "0f7a1c9e-5d0f-4c53-9f4e-000000000001");
        headers.put("Ce-Source", "https://zot.example");
        headers.put(
            "Ce-Type",
            name.equals("delete") ? "zotregistry.image.deleted" : "zotregistry.image.updated");
        headers.put("Ce-Time", "2026-11-24T06:40:00Z");
      }
      default -> {}
    }
    return headers;
  }

  private static String contentType(String sender, String name) {
    if (sender.equals("distribution")) {
      return "application/vnd.docker.distribution.events.v1+json";
    }
    return name.endsWith("cloudevents") ? "application/cloudevents+json" : "application/json";
  }

  public byte[] body() {
    String resource = "/webhooks/" + sender + "/" + name + ".json";
    try (InputStream in = requireNonNull(Fixture.class.getResourceAsStream(resource), resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String text() {
    return new String(body(), StandardCharsets.UTF_8);
  }

  public WebhookRequest request() {
    return new WebhookRequest(headers, null, this::body);
  }

  /** The same request with another body. */
  public WebhookRequest request(String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new WebhookRequest(headers, null, () -> bytes);
  }

  @Override
  public String toString() {
    return sender + "/" + name;
  }
}
