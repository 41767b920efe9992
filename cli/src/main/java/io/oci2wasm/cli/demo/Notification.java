package io.oci2wasm.cli.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.oci.Descriptor;
import java.time.Instant;
import java.util.UUID;

/**
 * What a Distribution registry posts when a tag is pushed (its documentation, "Notifications"; the
 * form is that of version 2.8).
 */
record Notification(String registryHost, String repository, String tag, Descriptor image) {
  static final String CONTENT_TYPE = "application/vnd.docker.distribution.events.v1+json";

  String json() {
    ObjectNode event = Json.MAPPER.createObjectNode();
    event.put("id", UUID.randomUUID().toString());
    event.put("timestamp", Instant.now().toString());
    event.put("action", "push");
    event
        .putObject("target")
        .put("mediaType", image.mediaType())
        .put("size", image.size())
        .put("digest", image.digest().toString())
        .put("length", image.size())
        .put("repository", repository)
        .put("url", "http://" + registryHost + "/v2/" + repository + "/manifests/" + image.digest())
        .put("tag", tag);
    event
        .putObject("request")
        .put("id", UUID.randomUUID().toString())
        .put("host", registryHost)
        .put("method", "PUT")
        .put("useragent", "oci2wasm-demo");
    event.putObject("actor");
    ObjectNode envelope = Json.MAPPER.createObjectNode();
    envelope.putArray("events").add(event);
    return envelope.toString();
  }
}
