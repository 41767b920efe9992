package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Waits for something that goes on in a gateway, by asking again and again.
 *
 * @param pause between two questions
 * @param patience how long the gateway may be away, e.g. to be started anew
 * @param interrupted what to say when the wait is interrupted
 */
record Patience(Duration pause, Duration patience, String interrupted) {
  /** One question to the gateway. */
  @FunctionalInterface
  interface Question {
    JsonNode ask() throws RefusedCallException, IOException;
  }

  /**
   * The first answer that {@code ended} takes; {@code meanwhile} is told of the others.
   *
   * @throws UnavailableException as the question, if it was in vain for so long
   * @throws InterruptedIOException if the wait is interrupted
   */
  JsonNode until(Question question, Predicate<JsonNode> ended, Consumer<JsonNode> meanwhile)
      throws RefusedCallException, IOException {
    JsonNode answer = answer(question);
    while (!ended.test(answer)) {
      meanwhile.accept(answer);
      rest();
      answer = answer(question);
    }
    return answer;
  }

  private JsonNode answer(Question question) throws RefusedCallException, IOException {
    long begun = System.nanoTime();
    while (true) {
      try {
        return question.ask();
      } catch (UnavailableException e) {
        if (System.nanoTime() - begun > patience.toNanos()) {
          throw e;
        }
      }
      rest();
    }
  }

  private void rest() throws InterruptedIOException {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(interrupted);
    }
  }
}
