package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImageDeleted;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir private Path directory;
  private final List<RequestFact> requests = new ArrayList<>();
  private final List<ImageDeleted> deletions = new ArrayList<>();

  private static RetentionConfig config(@Nullable Duration unusedFor, int newest) {
    return new RetentionConfig(
        null, Duration.ofHours(1), unusedFor, newest, true, DAY.multipliedBy(30), null);
  }

  private static Sha256Digest digest(String content) {
    return Sha256Digest.of(content.getBytes(StandardCharsets.UTF_8));
  }

  /** Someone asks for {@code content}, so many days ago, by a tag or by its digest. */
  private void ask(@Nullable String tag, @Nullable String content, int age, String outcomes) {
    ask(tag, content, age, outcomes, false);
  }

  /** {@code outcomes}: b is built, f failed, s skipped, q queued, r removed, m lost. */
  private void ask(
      @Nullable String tag, @Nullable String content, int age, String outcomes, boolean again) {
    Instant time = NOW.minus(DAY.multipliedBy(age));
    List<RequestFact.ConversionFact> all = new ArrayList<>();
    for (int i = 0; i < outcomes.length(); i++) {
      Sha256Digest manifest = digest(content + i);
      all.add(
          switch (outcomes.charAt(i)) {
            case 'b' -> outcome(manifest, ConversionState.BUILT, time, null);
            case 'f' -> outcome(manifest, ConversionState.FAILED, time, null);
            case 's' -> outcome(manifest, ConversionState.SKIPPED, time, null);
            case 'r' -> outcome(manifest, ConversionState.REMOVED, time, Rule.COUNT);
            case 'm' -> outcome(manifest, ConversionState.REMOVED, time, Rule.MISSING);
            default -> outcome(manifest, ConversionState.QUEUED, time, null);
          });
    }
    requests.add(
        new RequestFact(
            "request" + requests.size(),
            "r.example",
            "team/app",
            tag,
            content == null ? null : digest(content),
            time,
            time,
            outcomes.contains("q"),
            again,
            all));
  }

  private static RequestFact.ConversionFact outcome(
      Sha256Digest manifest, ConversionState state, Instant time, @Nullable Rule rule) {
    return new RequestFact.ConversionFact(manifest, state, null, time, rule);
  }

  /** By content, of those that {@code contents} names, the rule by which it goes. */
  private Map<String, String> judge(RetentionConfig config, String... contents) throws Exception {
    Map<String, String> rules = new TreeMap<>();
    TagDeletions deleted = new TagDeletions(deletions);
    try (WantedImages wishes = new WantedImages(directory, deleted)) {
      for (RequestFact request : requests) {
        wishes.add(request);
      }
      new ImageRules(config, NOW, deleted)
          .judge(
              wishes,
              directory,
              (image, rule) -> {
                for (String content : contents) {
                  if (image.digest().equals(digest(content))) {
                    rules.put(content, rule == null ? "stays" : rule.toString());
                  }
                }
              });
    }
    return rules;
  }

  @Test
  void shouldCountAgeFromTheLastUseUpToTheLimit() throws Exception {
    ask("1", "a", 7, "b");
    ask("2", "b", 8, "b");

    assertThat(judge(config(DAY.multipliedBy(7), 0), "a", "b"))
        .isEqualTo(Map.of("a", "stays", "b", "unused"));
  }

  @Test
  void shouldKeepWhatIsOpenHoweverOldAndWhatADeadLetterMayNeed() throws Exception {
    ask("1", "open", 100, "q");
    ask("2", "recent", 30, "f");
    ask("3", "old", 31, "f");

    assertThat(judge(config(DAY, 0), "open", "recent", "old"))
        .isEqualTo(Map.of("open", "stays", "recent", "stays", "old", "unused"));
  }

  @Test
  void shouldKeepARepositoryWhileATagOfItIsUnresolved() throws Exception {
    ask("1", "a", 100, "b");
    assertThat(judge(config(DAY, 0), "a")).isEqualTo(Map.of("a", "unused"));

    ask("2", null, 0, "q");

    assertThat(judge(config(DAY, 0), "a")).isEqualTo(Map.of("a", "stays"));
  }

  @Test
  void shouldCountTagsAndNeitherArtifactsNorWhatIsConvertedAnew() throws Exception {
    for (int tag = 1; tag <= 4; tag++) {
      ask("v" + tag, "image" + tag, 20 - tag, "b");
      ask(null, "artifact" + tag, 10 - tag, "s");
    }
    ask("v1", "image1", 2, "b", true);

    assertThat(judge(config(null, 2), "image1", "image2", "image3", "image4", "artifact1"))
        .isEqualTo(
            Map.of(
                "image1",
                "count",
                "image2",
                "count",
                "image3",
                "stays",
                "image4",
                "stays",
                "artifact1",
                "stays"));
  }

  @Test
  void shouldCountAnIndexAndNotItsChildren() throws Exception {
    ask("v1", "one", 9, "b");
    ask(null, "two0", 8, "b");
    ask(null, "two1", 8, "b");
    ask("v2", "two", 8, "bb");

    // Children have no verdict of their own.
    assertThat(judge(config(null, 2), "one", "two", "two0", "two1"))
        .isEqualTo(Map.of("one", "stays", "two", "stays"));
  }

  @Test
  void shouldCountADigestThatWasAskedForByItself() throws Exception {
    ask("v1", "one", 9, "b");
    ask(null, "two", 8, "b");

    assertThat(judge(config(null, 1), "one", "two"))
        .isEqualTo(Map.of("one", "count", "two", "stays"));

    // Even a child, where nobody pushed its index with it.
    ask("v3", "three", 7, "b");
    ask(null, "three0", 2, "b");
    assertThat(judge(config(null, 2), "one", "three", "three0"))
        .isEqualTo(Map.of("one", "count", "three", "stays", "three0", "stays"));
  }

  @Test
  void shouldPreferATagToWhatTagsHaveLeft() throws Exception {
    ask("stable", "stable", 90, "b");
    for (int age = 9; age > 2; age--) {
      ask("nightly", "nightly" + age, age, "b");
    }

    assertThat(judge(config(null, 2), "stable", "nightly3", "nightly4"))
        .isEqualTo(Map.of("stable", "stays", "nightly3", "stays", "nightly4", "count"));
    assertThat(judge(config(null, 3), "stable", "nightly3", "nightly4", "nightly5"))
        .isEqualTo(
            Map.of(
                "stable", "stays", "nightly3", "stays", "nightly4", "stays", "nightly5", "count"));
  }

  @Test
  void shouldKeepTheLastBundlesOfATagThatMovedToWhatHasNone() throws Exception {
    ask("latest", "whole", 99, "bb");
    ask("latest", "older", 98, "bf");
    ask("latest", "partly", 97, "bf");
    ask("latest", "failed", 3, "f");

    assertThat(judge(config(DAY.multipliedBy(50), 1), "whole", "older", "partly", "failed"))
        .isEqualTo(
            Map.of("whole", "stays", "older", "unused", "partly", "stays", "failed", "stays"));
  }

  @Test
  void shouldLetTheLastBundleOfATagGoWithTheTag() throws Exception {
    ask("latest", "whole", 99, "b");
    ask("latest", "failed", 50, "f");
    deletions.add(new ImageDeleted("t", "r.example", "team/app", null, "latest", NOW.minus(DAY)));

    assertThat(judge(config(DAY.multipliedBy(60), 0), "whole", "failed"))
        .isEqualTo(Map.of("whole", "unused", "failed", "stays"));
  }

  @Test
  void shouldRemoveWhatItsRegistryDeletedUnlessItIsTheLastOfATag() throws Exception {
    ask("latest", "last", 9, "b");
    ask("latest", "failed", 8, "f");
    ask("1", "gone", 9, "b");
    ask("2", "back", 9, "b");
    ask("2", "back", 3, "b");
    for (String content : List.of("last", "gone", "back")) {
      deletions.add(
          new ImageDeleted(
              "t", "r.example", "team/app", digest(content), null, NOW.minus(DAY.multipliedBy(5))));
    }

    assertThat(judge(config(null, 0), "last", "gone", "back"))
        .isEqualTo(Map.of("last", "stays", "gone", "deleted", "back", "stays"));
  }

  @Test
  void shouldNotLetWhatIsRemovedTakeAPlace() throws Exception {
    ask("v1", "one", 9, "b");
    ask("v2", "two", 8, "r");
    ask("v0", "zero", 10, "r");

    assertThat(judge(config(null, 1), "zero", "one", "two"))
        .isEqualTo(Map.of("zero", "count", "one", "stays", "two", "stays"));
  }

  @Test
  void shouldHoldSomethingOlderForWhatTheStoreLostAndNotForWhatARuleRemoved() throws Exception {
    ask("v1", "one", 9, "b");
    ask("latest", "older", 20, "b");
    ask("latest", "newer", 3, "r");
    ask("edge", "whole", 20, "b");
    ask("edge", "lost", 2, "m");

    assertThat(judge(config(null, 2), "one", "older", "newer", "whole", "lost"))
        .isEqualTo(
            Map.of(
                "one", "stays", "older", "count", "newer", "stays", "whole", "stays", "lost",
                "stays"));
  }

  @Test
  void shouldRefuseLimitsThatMeanNothing() {
    assertThatThrownBy(
            () ->
                new RetentionConfig(
                    null, Duration.ofMillis(10), null, 0, true, Duration.ofDays(1), null))
        .hasMessage("grace: found 10ms, expected 1s or more; leave it out for never");
    assertThatThrownBy(
            () -> new RetentionConfig(null, DAY, null, -1, true, Duration.ofDays(1), null))
        .hasMessage("newestPerRepository: found -1, expected 0 or more");
  }
}
