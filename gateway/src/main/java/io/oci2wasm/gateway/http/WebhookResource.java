package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.webhook.Sender;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.gateway.webhook.WebhookReceiver;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.runtime.LogKeys;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /webhooks/{sender}} and {@code /webhooks/{sender}/{secret}}: answered with 202 once
 * everything it says is safe in Kafka. The path may hold a secret: it is repeated nowhere.
 */
final class WebhookResource {
  private static final Logger LOGGER = LoggerFactory.getLogger(WebhookResource.class);

  private final Senders senders;
  private final WebhookReceiver receiver;

  WebhookResource(Senders senders, WebhookReceiver receiver) {
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
    WebhookRequest request =
        new WebhookRequest(context.headerMap(), pathSecret, context::bodyAsBytes);
    try {
      authenticate(sender, request, context);
      context
          .status(HttpStatus.ACCEPTED)
          .contentType("application/json")
          .result(Problem.json(receiver.receive(sender, request)));
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue("sender", sender.name())
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("A webhook was refused; its sender will try again");
      throw new ProblemException(
          HttpStatus.SERVICE_UNAVAILABLE,
          "/webhooks/" + sender.name() + ": it could not be checked or written; send it again");
    }
  }

  private void authenticate(Sender sender, WebhookRequest request, Context context)
      throws UnavailableException {
    if (!sender.authentication().admits(request)) {
      receiver.refused(sender);
      context.header("WWW-Authenticate", "Bearer");
      throw new ProblemException(
          HttpStatus.UNAUTHORIZED,
          "/webhooks/" + sender.name() + ": expected " + sender.authentication().expected());
    }
  }
}
