package io.oci2wasm.gateway.webhook;

import io.oci2wasm.gateway.webhook.auth.Authentication;
import io.oci2wasm.gateway.webhook.auth.BodySignature;
import io.oci2wasm.gateway.webhook.auth.HeaderSecret;
import io.oci2wasm.gateway.webhook.auth.PathSecret;
import io.oci2wasm.gateway.webhook.auth.Secret;
import io.oci2wasm.gateway.webhook.auth.SecretOrSignature;
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
import java.util.Locale;
import java.util.Objects;

/** The table of senders: what each sends, and how each can show who it is. */
enum SenderKind {
  DISTRIBUTION,
  HARBOR,
  DOCKERHUB,
  GITHUB,
  QUAY,
  ECR,
  ACR,
  GAR,
  JFROG,
  GITEA,
  ZOT;

  SenderReader reader(SenderEvents events) {
    return switch (this) {
      case DISTRIBUTION -> new DistributionReader(events);
      case HARBOR -> new HarborReader(events);
      case DOCKERHUB -> new DockerHubReader(events);
      case GITHUB -> new GithubReader(events);
      case QUAY -> new QuayReader(events);
      case ECR -> new EcrReader(events);
      case ACR -> new AcrReader(events);
      case GAR -> new GarReader(events);
      case JFROG -> new JfrogReader(events);
      case GITEA -> new GiteaReader(events);
      case ZOT -> new ZotReader(events);
    };
  }

  /** Google's tokens have a section of their own kind, and no shared secret. */
  SenderConfig section(WebhooksConfig config) {
    return switch (this) {
      case DISTRIBUTION -> config.distribution();
      case HARBOR -> config.harbor();
      case DOCKERHUB -> config.dockerhub();
      case GITHUB -> config.github();
      case QUAY -> config.quay();
      case ECR -> config.ecr();
      case ACR -> config.acr();
      case GAR -> SenderConfig.DEFAULT;
      case JFROG -> config.jfrog();
      case GITEA -> config.gitea();
      case ZOT -> config.zot();
    };
  }

  /** How it shows that it knows {@code secret}. */
  Authentication authentication(SenderConfig config, Secret secret) {
    return switch (this) {
      case DISTRIBUTION, HARBOR, ECR, ACR, ZOT ->
          new HeaderSecret(Objects.requireNonNullElse(config.header(), "Authorization"), secret);
      case DOCKERHUB, QUAY -> new PathSecret(secret);
      case GITHUB -> new BodySignature("X-Hub-Signature-256", "sha256=", secret);
      case GITEA -> new BodySignature("X-Gitea-Signature", "", secret);
      case JFROG -> new SecretOrSignature("X-JFrog-Event-Auth", secret);
      case GAR -> throw new IllegalArgumentException("gar: it has no shared secret");
    };
  }

  /** Whether it repeats a header as it was told to. */
  boolean hasHeader() {
    return switch (this) {
      case DISTRIBUTION, HARBOR, ECR, ACR, ZOT -> true;
      case DOCKERHUB, GITHUB, QUAY, GAR, JFROG, GITEA -> false;
    };
  }

  /** Whether its secret is part of an address. */
  boolean hasPathSecret() {
    return this == DOCKERHUB || this == QUAY;
  }

  /** Whether it tells who pushed. */
  boolean tellsActor() {
    return switch (this) {
      case DISTRIBUTION, HARBOR, DOCKERHUB, GITHUB, ACR, GITEA -> true;
      case QUAY, ECR, GAR, JFROG, ZOT -> false;
    };
  }

  /** As in paths, metrics and the configuration. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
