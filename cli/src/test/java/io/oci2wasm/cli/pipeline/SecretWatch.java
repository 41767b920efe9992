package io.oci2wasm.cli.pipeline;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Looks for secrets in every line that is logged, as it would be written. */
final class SecretWatch extends AppenderBase<ILoggingEvent> {
  private final List<String> secrets = new CopyOnWriteArrayList<>();
  private final List<String> leaks = new CopyOnWriteArrayList<>();
  private final AtomicLong seen = new AtomicLong();
  private final PatternLayout layout = new PatternLayout();

  void lookFor(String... more) {
    secrets.addAll(List.of(more));
  }

  boolean hasSecret(String text) {
    return secrets.stream().anyMatch(text::contains);
  }

  @Override
  public void start() {
    layout.setContext(getContext());
    layout.setPattern("%level %logger %msg %kvp %mdc %ex{full}");
    layout.start();
    super.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    seen.incrementAndGet();
    String line = layout.doLayout(event);
    if (hasSecret(line)) {
      leaks.add(line);
    }
  }

  long seen() {
    return seen.get();
  }

  List<String> leaks() {
    return leaks;
  }
}
