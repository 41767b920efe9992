package io.oci2wasm.gateway.webhook;

import io.oci2wasm.runtime.config.ConfigFile;

/** One section for each sender; its name is the last part of its path. */
public record WebhooksConfig(
    SenderConfig distribution,
    SenderConfig harbor,
    SenderConfig dockerhub,
    SenderConfig github,
    SenderConfig quay,
    SenderConfig ecr,
    SenderConfig acr,
    GoogleConfig gar,
    SenderConfig jfrog,
    SenderConfig gitea,
    SenderConfig zot) {
  public static final WebhooksConfig DEFAULT = ConfigFile.defaults(WebhooksConfig.class);
}
