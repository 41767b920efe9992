package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.webhook.Sender;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.gateway.webhook.WebhookReceiver;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.runtime.LogKeys;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /webhooks/{sender}} and {@code /webhooks/{sender}/{secret}}: answered with 202 once
 * everything it says is safe in Kafka. A body is read once its sender has shown who it is, where
 * the head alone can show it. The path may hold a secret: it is repeated nowhere.
 */
final class WebhookResource {
  private static final Logger LOGGER = LoggerFactory.getLogger(WebhookResource.class);

  private final Senders senders;
  private final WebhookReceiver receiver;
  private final Bodies bodies;

  WebhookResource(Senders senders, WebhookReceiver receiver, Bodies bodies) {
    this.bodies = bodies;
    this.senders = senders;
    this.receiver = receiver;
  }

  void post(Context context) {
    receive(context, null);
  }

  void postWithSecret(Context context) {
    receive(context, context.pathParam("secret"));
  }

  private void receive(Context context, @Nullable String pathSecret) {
    Sender sender =
        senders
            .find(context.pathParam("sender"))
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        "/webhooks: found no such sender; docs/WEBHOOKS.md lists them"));
    Map<String, String> headers = context.headerMap();
    boolean known =
        isKnown(
            sender,
            new WebhookRequest(
                headers,
                pathSecret,
                () -> {
                  throw new BodyNeededException();
                }),
            context);
    bodies.read(
        context,
        known,
        (same, body) -> {
          WebhookRequest request = new WebhookRequest(headers, pathSecret, () -> body);
          if (!known) {
            authenticate(sender, request, same);
          }
          receive(same, sender, request);
        });
  }

  /** Whether it shows who it is; false if its body must be there to tell. */
  private boolean isKnown(Sender sender, WebhookRequest head, Context context) {
    try {
      authenticate(sender, head, context);
      return true;
    } catch (BodyNeededException e) {
      return false;
    }
  }

  private void receive(Context context, Sender sender, WebhookRequest request) {
    try {
      context
          .status(HttpStatus.ACCEPTED)
          .contentType("application/json")
          .result(Problem.json(receiver.receive(sender, request)));
    } catch (UnavailableException e) {
      throw unavailable(sender, e);
    }
  }

  private static ProblemException unavailable(Sender sender, UnavailableException e) {
    LOGGER
        .atWarn()
        .addKeyValue("sender", sender.name())
        .addKeyValue(LogKeys.ERROR, e.getMessage())
        .log("A webhook was refused; its sender will try again");
    return new ProblemException(
        HttpStatus.SERVICE_UNAVAILABLE,
        "/webhooks/" + sender.name() + ": it could not be checked or written; send it again");
  }

  private void authenticate(Sender sender, WebhookRequest request, Context context) {
    if (!admits(sender, request)) {
      receiver.refused(sender);
      context.header("WWW-Authenticate", "Bearer");
      throw new ProblemException(
          HttpStatus.UNAUTHORIZED,
          "/webhooks/" + sender.name() + ": expected " + sender.authentication().expected());
    }
  }

  private static boolean admits(Sender sender, WebhookRequest request) {
    try {
      return sender.authentication().admits(request);
    } catch (UnavailableException e) {
      throw unavailable(sender, e);
    }
  }

  /** Who signs shows who it is by the body, which has not been read. */
  private static final class BodyNeededException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
