package io.oci2wasm.gateway.webhook.sender;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.webhook.Fixture;
import io.oci2wasm.gateway.webhook.TestSenders;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** What all senders have in common: a push, a deletion, and the rest. */
class SenderReadersTest {
  private static final String DIGEST =
      "sha256:7659a3f6084e9eacec1d729b49a8b278a07fe979d089598402f95cacb14e8257";
  private static final int MUTATIONS = 300;

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "distribution, push-oci-index,  127.0.0.1:5000/team/app:multi@DIGEST, application/vnd.oci.image.index.v1+json, 2026-11-24T06:40:23.163905403Z",
        "harbor,    push,             harbor.example/team/app:1.4@DIGEST, -, 2025-11-24T06:40:00Z",
        "harbor,    push-cloudevents, harbor.example:8443/team/app:1.4@DIGEST, -, 2026-11-24T06:40:00Z",
        "dockerhub, push,             docker.io/team/app:1.4, application/vnd.oci.image.index.v1+json, 2025-11-24T06:40:00Z",
        "github,    package,          ghcr.io/team/app:1.4@DIGEST, -, 2026-11-24T06:40:00Z",
        "github,    registry-package, ghcr.io/team/app:1.4@DIGEST, -, 2026-11-24T06:40:00Z",
        "ecr,       push,             123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.4@DIGEST, application/vnd.oci.image.index.v1+json, 2026-11-24T06:40:00Z",
        "acr,       push,             registry.azure.example/team/app:1.4@DIGEST, application/vnd.docker.distribution.manifest.v2+json, 2026-11-24T06:40:00.123456789Z",
        "gar,       push,             europe-docker.pkg.example/team/images/app:1.4@DIGEST, -, 2026-11-24T06:40:00.123Z",
        "gar,       push-tag,         europe-docker.pkg.example/team/images/app:1.4, -, 2026-11-24T06:40:00.123Z",
        "gar,       push-digest,      europe-docker.pkg.example/team/images/app@DIGEST, -, 2026-11-24T06:40:00.123Z",
        "jfrog,     push,             artifactory.example/images/team/app:1.4@DIGEST, -, 2026-11-24T12:00:00Z",
        "gitea,     push,             gitea.example/team/app:1.4, -, 2026-11-24T06:40:00Z",
        "gitea,     push-digest,      gitea.example/team/app@DIGEST, -, 2026-11-24T06:40:00Z",
        "zot,       push,             zot.example:5000/team/app:1.4@DIGEST, application/vnd.oci.image.manifest.v1+json, 2026-11-24T06:40:00Z",
      })
  void shouldCopyWhatCountsOfAPush(
      String sender, String name, String image, @Nullable String mediaType, String pushedAt)
      throws Exception {
    Fixture fixture = Fixture.of(sender, name);

    WebhookReading reading = TestSenders.takingUntagged(sender).reader().read(fixture.request());

    assertThat(reading.unreadable()).isEmpty();
    assertThat(reading.ignored()).isEmpty();
    assertThat(reading.pushes())
        .singleElement()
        .satisfies(
            push -> {
              assertThat(push.image())
                  .isEqualTo(ImageReference.parse(image.replace("DIGEST", DIGEST)));
              assertThat(push.lane()).isEqualTo(Lane.PUSH);
              assertThat(push.sender()).isEqualTo(sender);
              assertThat(push.mediaType()).isEqualTo(mediaType);
              assertThat(push.pushedAt()).isEqualTo(pushedAt);
            });
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "distribution, delete-tag, 127.0.0.1:5000, dk/bb, -, v1",
        "distribution, delete-by-digest, 127.0.0.1:5000, dk/bb, sha256:963fcd30f823adee2e81f0569925168586a204bb24b8b185d9c4032c9c4df1ff, -",
        "harbor, delete, harbor.example, team/app, DIGEST, 1.4",
        "acr, delete, registry.azure.example, team/app, DIGEST, -",
        "gar, delete, europe-docker.pkg.example, team/images/app, -, 1.4",
        "ecr, delete, 123456789012.dkr.ecr.eu-west-1.amazonaws.com, team/app, -, 1.4",
        "jfrog, delete, artifactory.example, images/team/app, -, 1.4",
        "gitea, delete, gitea.example, team/app, -, 1.4",
        "zot, delete, zot.example:5000, team/app, -, 1.4",
      })
  void shouldPassOnADeletion(
      String sender,
      String name,
      String registry,
      String repository,
      @Nullable String digest,
      @Nullable String tag)
      throws Exception {
    WebhookReading reading = read(Fixture.of(sender, name));

    assertThat(reading.pushes()).isEmpty();
    assertThat(reading.deletions())
        .extracting(
            ImageDeleted::sender,
            ImageDeleted::registry,
            ImageDeleted::repository,
            deletion -> String.valueOf(deletion.digest()),
            deletion -> String.valueOf(deletion.tag()))
        .containsExactly(
            tuple(
                sender,
                registry,
                repository,
                String.valueOf(digest).replace("DIGEST", DIGEST),
                String.valueOf(tag)));
  }

  @ParameterizedTest
  @CsvSource({
    "distribution, push-blob, OTHER",
    "distribution, pull-manifest, OTHER",
    "distribution, mount-blob, OTHER",
    "distribution, push-index-child-1, UNTAGGED",
    "distribution, push-index-child-attestation, ARTIFACT",
    "distribution, push-artifact, ARTIFACT",
    "distribution, push-wasm, ARTIFACT",
    "harbor, pull, OTHER",
    "github, ping, OTHER",
    "ecr, failed, OTHER",
    "acr, ping, OTHER",
    "acr, chart-push, OTHER",
    "acr, quarantine, OTHER",
    "gar, push-digest, UNTAGGED",
    "jfrog, promoted, OTHER",
    "gitea, npm, OTHER",
    "gitea, push-digest, UNTAGGED",
    "zot, push-wasm, ARTIFACT",
  })
  void shouldIgnoreWhatConvertsNothing(String sender, String name, Ignored why) throws Exception {
    WebhookReading reading = read(Fixture.of(sender, name));

    assertThat(reading).isEqualTo(WebhookReading.ignored(why));
  }

  /** As each sender tells of a manifest that has no tag; Docker Hub and Quay tell tags only. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "distribution | push-oci-index   | \"tag\": \"multi\",  | ''",
        "harbor       | push             | \"tag\":\"1.4\"      | \"tag\":\"\"",
        "harbor       | push-cloudevents | \"tag\":\"1.4\"      | \"tag\":\"\"",
        "github       | package          | \"name\":\"1.4\"     | \"name\":\"\"",
        "github       | registry-package | \"name\":\"1.4\"     | \"name\":\"\"",
        "ecr          | push             | ,\"image-tag\":\"1.4\" | ''",
        "acr          | push             | ,\"tag\":\"1.4\"     | ''",
        "jfrog        | push             | \"tag\":\"1.4\"      | \"tag\":\"sha256:HEX\"",
        "jfrog        | push             | \"tag\":\"1.4\"      | \"tag\":\"sha256__HEX\"",
        "zot          | push             | \"reference\":\"1.4\" | \"reference\":\"sha256:HEX\"",
      })
  void shouldTakeNoPushWithoutATagUnlessToldSo(
      String sender, String name, String tag, String without) throws Exception {
    Fixture tagged = Fixture.of(sender, name);
    String body = tagged.text().replace(tag, without.replace("HEX", DIGEST.substring(7)));
    assertThat(body).isNotEqualTo(tagged.text());

    WebhookReading reading = read(tagged, body);
    WebhookReading wanted = TestSenders.takingUntagged(sender).reader().read(tagged.request(body));

    assertThat(reading).isEqualTo(WebhookReading.ignored(Ignored.UNTAGGED));
    assertThat(wanted.ignored()).isEmpty();
    assertThat(wanted.pushes())
        .singleElement()
        .satisfies(
            push -> {
              assertThat(push.image().tag()).isNull();
              assertThat(push.image().digest()).hasToString(DIGEST);
            });
  }

  /** Artifacts of others: what each sender tells of their types. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // cosign: the config of an image, and layers that are none
        "distribution | push-oci-manifest | vnd.oci.image.layer.v1.tar+gzip | vnd.dev.cosign.simplesigning.v1+json",
        "distribution | push-oci-manifest | vnd.oci.image.config.v1+json | vnd.cncf.helm.config.v1+json",
        "distribution | push-oci-manifest | \"tag\": | \"artifactType\":\"application/vnd.example.sbom\",\"tag\":",
        "distribution | push-oci-manifest | vnd.oci.image.manifest.v1+json | vnd.oci.artifact.manifest.v1+json",
        "acr       | push | \"tag\": | \"artifactType\":\"application/vnd.example.sbom\",\"tag\":",
        "dockerhub | push | vnd.oci.image.index.v1+json | vnd.docker.plugin.v1+json",
        "github    | package | vnd.oci.image.config.v1+json | vnd.cncf.helm.config.v1+json",
        "github    | package | \"size\":457} | \"size\":457},\"layers\":[{\"media_type\":\"application/vnd.dsse.envelope.v1+json\"}]",
        "ecr       | push | \"image-tag\" | \"artifact-media-type\":\"application/vnd.cncf.helm.config.v1+json\",\"image-tag\"",
        "zot       | push | vnd.oci.image.config.v1+json | vnd.oci.empty.v1+json",
        "zot       | push | \\\"layers\\\":[] | \\\"artifactType\\\":\\\"application/spdx+json\\\"",
      })
  void shouldIgnoreForeignArtifacts(String sender, String name, String image, String artifact)
      throws Exception {
    Fixture push = Fixture.of(sender, name);
    String body = push.text().replace(image, artifact);
    assertThat(body).isNotEqualTo(push.text());

    assertThat(read(push, body)).isEqualTo(WebhookReading.ignored(Ignored.ARTIFACT));
    assertThat(read(push).pushes()).hasSize(1);
  }

  /** A layer that claims to be an image's is for ingest to refuse, where a person sees it. */
  @Test
  void shouldLeaveUnknownLayersToIngest() throws Exception {
    Fixture push = Fixture.of("distribution", "push-oci-manifest");
    String body = push.text().replace("image.layer.v1.tar+gzip", "image.layer.v2.squashfs");

    assertThat(read(push, body).pushes()).hasSize(1);
  }

  /** As our own deliveries write it into registries without referrers API, and as cosign does. */
  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldIgnoreWhatATagAttachesToAnImage(Fixture fixture) throws Exception {
    int pushes = read(fixture).pushes().size();
    for (String end : List.of("", ".sig", ".att", ".sbom")) {
      WebhookReading reading = read(fixture, tagged(fixture, DIGEST.replace(':', '-') + end));

      assertThat(reading.pushes()).isEmpty();
      assertThat(reading.ignored()).hasSize(pushes).containsOnly(Ignored.ARTIFACT);
    }
    assertThat(read(fixture, tagged(fixture, "sha256-of-something")).pushes()).hasSize(pushes);
  }

  private static String tagged(Fixture fixture, String tag) {
    Pattern data = Pattern.compile("\"data\": *\"([A-Za-z0-9+/=]{40,})\"");
    String text =
        data.matcher(fixture.text())
            .replaceAll(
                found ->
                    "\"data\": \""
                        + Base64.getEncoder()
                            .encodeToString(
                                replaced(
                                        new String(
                                            Base64.getDecoder().decode(found.group(1)), UTF_8),
                                        tag)
                                    .getBytes(UTF_8))
                        + "\"");
    return replaced(text, tag);
  }

  private static String replaced(String text, String tag) {
    String quoted = "\"" + tag + "\"";
    return text.replaceAll("(?<![0-9.])1\\.4(?![0-9.])", tag)
        .replace("\"multi\"", quoted)
        .replace("\"latest\"", quoted);
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldMakeOneRequestOfADeliveryThatIsRepeated(Fixture fixture) throws Exception {
    List<String> first = ids(read(fixture));

    assertThat(first).isNotEmpty().doesNotHaveDuplicates();
    assertThat(ids(read(fixture))).isEqualTo(first);
  }

  @Test
  void shouldMakeOneRequestOfBothEventsOfGithub() throws Exception {
    assertThat(ids(read(Fixture.of("github", "registry-package"))))
        .isEqualTo(ids(read(Fixture.of("github", "package"))));
  }

  @ParameterizedTest
  @CsvSource({
    "distribution, 36ccbd89, 46ccbd89",
    "harbor,    1763966400, 1763966401",
    "dockerhub, 1763966400, 1763966401",
    "github,    06:40:00Z, 06:40:01Z",
    "ecr,       000000000001, 000000000009",
    "acr,       000000000001, 000000000009",
    "gar,       1001, 1009",
    "gitea,     06:40:00Z, 06:40:01Z",
    "jfrog,     7659a3f6, 8659a3f6",
  })
  void shouldMakeAnotherRequestOfALaterPush(String sender, String before, String after)
      throws Exception {
    Fixture fixture = push(sender);

    assertThat(ids(read(fixture, fixture.text().replace(before, after))))
        .doesNotContainAnyElementsOf(ids(read(fixture)));
  }

  @ParameterizedTest
  @CsvSource({
    "distribution, push-with-actor",
    "harbor, push",
    "harbor, push-cloudevents",
    "dockerhub, push",
    "github, package",
    "gitea, push",
  })
  void shouldIgnoreWhatWeOurselvesPushed(String sender, String name) throws Exception {
    Fixture fixture = Fixture.of(sender, name);

    WebhookReading reading = TestSenders.ownedBy("alice", sender).reader().read(fixture.request());

    assertThat(reading).isEqualTo(WebhookReading.ignored(Ignored.OWN));
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldSayThatABodyIsNoneOfTheSenders(Fixture fixture) {
    for (String body : List.of("", "hello", "[]", "7", "null", "\"text\"", "{", "{}", "\0")) {
      String why = unreadable(fixture, body);

      assertThat(why).as(body).isNotNull().containsAnyOf("found", "expected");
    }
  }

  /** A reader that threw anything else would be a body that its sender repeats for ever. */
  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldFailOnlyAsAReaderMayWhateverTheBody(Fixture fixture) {
    Random random = new Random(fixture.toString().hashCode());
    String text = fixture.text();
    for (int i = 0; i < MUTATIONS; i++) {
      StringBuilder mutated = new StringBuilder(text);
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + random.nextInt(40));
      mutated.replace(at, end, mutation(random));

      String unused = String.valueOf(unreadable(fixture, mutated.toString()));
    }
  }

  private static String mutation(Random random) {
    String[] pieces = {
      "", "null", "{}", "[]", "\"\"", "-1", "[null]", "\"x\":", "}", ",", "\\u0000"
    };
    return pieces[random.nextInt(pieces.length)];
  }

  /** Why nothing of {@code body} counts, or null. */
  private static @Nullable String unreadable(Fixture fixture, String body) {
    try {
      List<String> unreadable = read(fixture, body).unreadable();
      return unreadable.isEmpty() ? null : unreadable.get(0);
    } catch (UnreadableWebhookException | IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static Fixture push(String sender) {
    return Fixture.PUSHES.stream()
        .filter(one -> one.sender().equals(sender))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> ids(WebhookReading reading) {
    return reading.pushes().stream().map(ImagePushed::requestId).toList();
  }

  private static WebhookReading read(Fixture fixture) throws UnreadableWebhookException {
    return TestSenders.open(fixture.sender()).reader().read(fixture.request());
  }

  private static WebhookReading read(Fixture fixture, String body)
      throws UnreadableWebhookException {
    return TestSenders.open(fixture.sender()).reader().read(fixture.request(body));
  }
}
