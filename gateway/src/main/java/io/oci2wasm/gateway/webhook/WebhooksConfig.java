package io.oci2wasm.gateway.webhook;

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
  public static final WebhooksConfig DEFAULT =
      new WebhooksConfig(
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT,
          GoogleConfig.DEFAULT,
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT,
          SenderConfig.DEFAULT);
}
