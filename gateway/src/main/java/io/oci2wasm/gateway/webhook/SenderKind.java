package io.oci2wasm.gateway.webhook;

import io.oci2wasm.gateway.webhook.sender.AcrReader;
import io.oci2wasm.gateway.webhook.sender.DistributionReader;
import io.oci2wasm.gateway.webhook.sender.DockerHubReader;
import io.oci2wasm.gateway.webhook.sender.EcrReader;
import io.oci2wasm.gateway.webhook.sender.GarReader;
import io.oci2wasm.gateway.webhook.sender.GiteaReader;
import io.oci2wasm.gateway.webhook.sender.GithubReader;
import io.oci2wasm.gateway.webhook.sender.HarborReader;
import io.oci2wasm.gateway.webhook.sender.JfrogReader;
import io.oci2wasm.gateway.webhook.sender.QuayReader;
import io.oci2wasm.gateway.webhook.sender.SenderEvents;
import io.oci2wasm.gateway.webhook.sender.SenderReader;
import io.oci2wasm.gateway.webhook.sender.ZotReader;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A kind of sender, with everything about it.
 *
 * @param name as in paths, metrics and the configuration
 * @param reader understands what it sends
 * @param credential how it shows who it is
 * @param headers of its own, which tell what the body is and which delivery: {@code reader} sees no
 *     others, and a webhook that is put away as a dead letter keeps them
 * @param section what the operator says about it
 * @param tells what its webhooks say, which not all do
 */
record SenderKind(
    String name,
    Function<SenderEvents, SenderReader> reader,
    Credential credential,
    Set<String> headers,
    Function<WebhooksConfig, SenderConfig> section,
    Set<Tells> tells) {
  /** What some webhooks say and others do not. */
  enum Tells {
    /** Who pushed. */
    ACTOR,
    /** The registry's host. */
    REGISTRY
  }

  static final List<SenderKind> ALL =
      List.of(
          new SenderKind(
              "distribution",
              DistributionReader::new,
              Credential.HEADER,
              Set.of(),
              WebhooksConfig::distribution,
              Set.of(Tells.ACTOR, Tells.REGISTRY)),
          new SenderKind(
              "harbor",
              HarborReader::new,
              Credential.HEADER,
              Set.of(),
              WebhooksConfig::harbor,
              Set.of(Tells.ACTOR, Tells.REGISTRY)),
          new SenderKind(
              "dockerhub",
              DockerHubReader::new,
              Credential.PATH,
              Set.of(),
              WebhooksConfig::dockerhub,
              Set.of(Tells.ACTOR, Tells.REGISTRY)),
          new SenderKind(
              "github",
              GithubReader::new,
              Credential.signature("X-Hub-Signature-256", "sha256="),
              Set.of("X-GitHub-Event", "X-GitHub-Delivery"),
              WebhooksConfig::github,
              Set.of(Tells.ACTOR, Tells.REGISTRY)),
          new SenderKind(
              "quay",
              QuayReader::new,
              Credential.PATH,
              Set.of(),
              WebhooksConfig::quay,
              Set.of(Tells.REGISTRY)),
          new SenderKind(
              "ecr",
              EcrReader::new,
              Credential.HEADER,
              Set.of(),
              WebhooksConfig::ecr,
              Set.of(Tells.REGISTRY)),
          new SenderKind(
              "acr",
              AcrReader::new,
              Credential.HEADER,
              Set.of(),
              WebhooksConfig::acr,
              Set.of(Tells.ACTOR, Tells.REGISTRY)),
          // What the operator says about it is in GoogleConfig.
          new SenderKind(
              "gar",
              GarReader::new,
              Credential.TOKEN,
              Set.of(),
              config -> SenderConfig.DEFAULT,
              Set.of(Tells.REGISTRY)),
          new SenderKind(
              "jfrog",
              JfrogReader::new,
              Credential.secretOrSignature("X-JFrog-Event-Auth"),
              Set.of(),
              WebhooksConfig::jfrog,
              Set.of(Tells.REGISTRY)),
          new SenderKind(
              "gitea",
              GiteaReader::new,
              Credential.signature("X-Gitea-Signature", ""),
              Set.of("X-Gitea-Event", "X-Gitea-Delivery"),
              WebhooksConfig::gitea,
              Set.of(Tells.ACTOR, Tells.REGISTRY)),
          new SenderKind(
              "zot", ZotReader::new, Credential.HEADER, Set.of(), WebhooksConfig::zot, Set.of()));
}
