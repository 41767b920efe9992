package io.oci2wasm.gateway.webhook;

import io.oci2wasm.gateway.webhook.auth.Authentication;
import io.oci2wasm.gateway.webhook.auth.BodySignature;
import io.oci2wasm.gateway.webhook.auth.HeaderSecret;
import io.oci2wasm.gateway.webhook.auth.PathSecret;
import io.oci2wasm.gateway.webhook.auth.Secret;
import io.oci2wasm.gateway.webhook.auth.SecretOrSignature;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a kind of sender proves that it knows a secret.
 *
 * @param check of a request; null where no secret is shared, but tokens of an issuer are
 * @param inHeader repeats a header as it was told to: the header's name may be chosen
 * @param inPath is part of the address that it sends to
 */
record Credential(
    @Nullable BiFunction<SenderConfig, Secret, Authentication> check,
    boolean inHeader,
    boolean inPath) {
  static final Credential HEADER =
      new Credential(
          (config, secret) ->
              new HeaderSecret(
                  Objects.requireNonNullElse(config.header(), "Authorization"), secret),
          true,
          false);

  static final Credential PATH =
      new Credential((config, secret) -> new PathSecret(secret), false, true);

  static final Credential TOKEN = new Credential(null, false, false);

  /** An HMAC of the body, after {@code prefix}. */
  static Credential signature(String header, String prefix) {
    return new Credential(
        (config, secret) -> new BodySignature(header, prefix, secret), false, false);
  }

  /** The secret itself or an HMAC of the body, as the sender was told. */
  static Credential secretOrSignature(String header) {
    return new Credential((config, secret) -> new SecretOrSignature(header, secret), false, false);
  }
}
