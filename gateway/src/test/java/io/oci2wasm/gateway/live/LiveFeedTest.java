package io.oci2wasm.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LiveFeedTest {
  private final LiveFeed feed = new LiveFeed();

  @Test
  void shouldTellEverybodyInOrder() throws Exception {
    LiveClient one = feed.connect(null).orElseThrow();
    LiveClient other = feed.connect(null).orElseThrow();

    feed.publish("a", "1");
    feed.publish("b", "2");

    assertThat(taken(one)).extracting(LiveMessage::data).containsExactly("1", "2");
    assertThat(taken(other)).extracting(LiveMessage::name).containsExactly("a", "b");
  }

  @Test
  void shouldGoOnWhereAClientWas() throws Exception {
    LiveClient first = feed.connect(null).orElseThrow();
    feed.publish("a", "1");
    feed.publish("a", "2");
    String seen = taken(first).get(0).id();
    first.close();
    feed.publish("a", "3");

    LiveClient again = feed.connect(seen).orElseThrow();
    feed.publish("a", "4");

    assertThat(again.isResumed()).isTrue();
    assertThat(taken(again)).extracting(LiveMessage::data).containsExactly("2", "3", "4");
  }

  @Test
  void shouldStartAnewWhoWasAwayTooLong() {
    LiveClient first = feed.connect(null).orElseThrow();
    String seen = first.at();
    first.close();
    for (int i = 0; i < LiveFeed.KEPT; i++) {
      feed.publish("a", "1");
    }

    assertThat(feed.connect(seen).orElseThrow().isResumed()).isTrue();
    feed.publish("a", "1");
    assertThat(feed.connect(seen).orElseThrow().isResumed()).isFalse();
  }

  @Test
  void shouldStartAnewWhoMissedWhatWasNotPublished() {
    LiveClient first = feed.connect(null).orElseThrow();
    feed.skip();

    assertThat(feed.connect(first.at()).orElseThrow().isResumed()).isFalse();
  }

  @Test
  void shouldStartAnewWhoComesFromAnotherStreamOrTellsNonsense() {
    String elsewhere = new LiveFeed().connect(null).orElseThrow().at();

    for (String id :
        List.of(elsewhere, "", "1", "x-1", feed.connect(null).orElseThrow().at() + "9")) {
      assertThat(feed.connect(id).orElseThrow().isResumed()).as(id).isFalse();
    }
  }

  @Test
  void shouldCutOffWhoDoesNotReadAndKeepTheOthers() throws Exception {
    LiveClient slow = feed.connect(null).orElseThrow();
    for (int i = 0; i < LiveClient.MAX_UNTAKEN; i++) {
      feed.publish("a", "1");
    }
    LiveClient other = feed.connect(null).orElseThrow();
    assertThat(slow.isCut()).isFalse();

    feed.publish("a", "2");

    assertThat(slow.isCut()).isTrue();
    assertThat(taken(slow)).isEmpty();
    assertThat(other.isCut()).isFalse();
    assertThat(taken(other)).hasSize(1);
  }

  @Test
  void shouldLetInOnlySoManyAndAnotherWhenOneLeft() {
    LiveClient first = feed.connect(null).orElseThrow();
    for (int i = 1; i < LiveFeed.MAX_CLIENTS; i++) {
      assertThat(feed.connect(null)).isPresent();
    }
    assertThat(feed.connect(null)).isEmpty();

    first.close();

    assertThat(feed.connect(null)).isPresent();
  }

  @Test
  void shouldEndEveryStreamWhenItCloses() {
    LiveClient client = feed.connect(null).orElseThrow();

    feed.close();

    assertThat(client.isCut()).isTrue();
    assertThat(feed.connect(null)).isEmpty();
    assertThat(feed.isWatched()).isFalse();
  }

  private static List<LiveMessage> taken(LiveClient client) throws InterruptedException {
    List<LiveMessage> all = new ArrayList<>();
    for (Optional<LiveMessage> next = client.next(Duration.ZERO);
        next.isPresent();
        next = client.next(Duration.ZERO)) {
      all.add(next.get());
    }
    return all;
  }
}
