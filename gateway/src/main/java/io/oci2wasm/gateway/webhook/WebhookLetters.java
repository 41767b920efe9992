package io.oci2wasm.gateway.webhook;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Converts webhooks that cannot be understood to dead letters and back (docs/FORMATS.md). */
final class WebhookLetters {
  /** Tells the sender's name; its own headers tell what the body is. */
  private static final String SENDER = "oci2wasm-sender";

  private WebhookLetters() {}

  /** {@code request} is what the sender told ({@link Sender#told}). */
  static DeadLetter letter(
      Sender sender, WebhookRequest request, List<String> reasons, Instant now) {
    byte[] body = request.body();
    List<RecordCopy.Header> headers = new ArrayList<>();
    headers.add(header(SENDER, sender.name()));
    request
        .headers()
        .forEach((name, value) -> headers.add(header(name.toLowerCase(Locale.ROOT), value)));
    return new DeadLetter(
        DeadLetter.idOf(body),
        DeadLetter.Work.unknown(Stage.GATEWAY),
        new DeadLetter.Failure(Reason.UNREADABLE, String.join("; ", reasons), 1, now, now),
        null,
        new RecordCopy(null, headers, RecordCopy.encode(body)));
  }

  private static RecordCopy.Header header(String name, String value) {
    return RecordCopy.Header.of(name, value.getBytes(StandardCharsets.UTF_8));
  }

  /** The sender's name. */
  static Optional<String> sender(DeadLetter letter) {
    return letter.record().text(SENDER);
  }

  /** The request as it came, but for its credentials. */
  static WebhookRequest request(DeadLetter letter) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (RecordCopy.Header header : letter.record().headers()) {
      letter.record().text(header.name()).ifPresent(value -> headers.put(header.name(), value));
    }
    byte[] body = RecordCopy.decode(letter.record().value());
    return new WebhookRequest(headers, null, () -> body);
  }
}
