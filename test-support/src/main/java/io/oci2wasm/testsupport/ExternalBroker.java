package io.oci2wasm.testsupport;

import io.oci2wasm.embedded.EmbeddedKafka;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The embedded broker as a process of its own, which the fault table kills and starts again: {@code
 * ExternalBroker DIR PORT}. Prints {@code ready} when it serves.
 */
public final class ExternalBroker {
  private ExternalBroker() {}

  public static void main(String[] args) {
    try {
      EmbeddedKafka broker = EmbeddedKafka.start(Path.of(args[0]), Integer.parseInt(args[1]));
      Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
      System.out.println("ready");
    } catch (IOException | RuntimeException e) {
      // The broker's threads would keep a process alive that serves nobody.
      System.err.println("broker on port " + args[1] + ": cannot start: " + e);
      Runtime.getRuntime().halt(1);
    }
  }
}
