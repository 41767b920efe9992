package io.oci2wasm.api.oci;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import java.util.Optional;

/** Which platforms of an image are wanted, and why the others are not. */
@FunctionalInterface
public interface PlatformSelection {
  /** Why images for a platform are left out. */
  record Refusal(Reason reason, String message) {}

  /** Why images for {@code platform} are left out; empty if they are wanted. */
  Optional<Refusal> refusal(Platform platform);
}
