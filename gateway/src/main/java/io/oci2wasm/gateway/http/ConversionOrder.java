package io.oci2wasm.gateway.http;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImagePushed;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The body that asks for the conversion of one image.
 *
 * @param image {@code HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]}
 * @param platforms none means all that are configured
 * @param force converts even what is there already
 */
record ConversionOrder(@Nullable String image, @Nullable List<String> platforms, boolean force) {
  private static final String SENDER = "api";
  private static final JsonBody<ConversionOrder> BODY =
      new JsonBody<>(ConversionOrder.class, "conversion", "image");

  static ConversionOrder parse(byte[] body) {
    return BODY.parse(body);
  }

  /** As an event of a new request, in the lane of pushes. */
  ImagePushed pushed(Instant now) {
    try {
      if (image == null) {
        throw new IllegalArgumentException("found no image, expected one");
      }
      return new ImagePushed(
          UUID.randomUUID().toString().replace("-", ""),
          Lane.PUSH,
          SENDER,
          ImageReference.parse(image),
          null,
          now,
          null,
          Choices.of(platforms, force));
    } catch (IllegalArgumentException e) {
      throw BODY.refused(String.valueOf(e.getMessage()));
    }
  }
}
