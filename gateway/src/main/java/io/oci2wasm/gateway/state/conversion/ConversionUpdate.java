package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one event says about one conversion.
 *
 * @param id of the conversion: the request's, or of one of its platforms
 * @param outcomes how many outcomes the request has
 * @param children what the request's index lists
 */
public record ConversionUpdate(
    String id,
    String requestId,
    Lane lane,
    ImageReference image,
    @Nullable String sender,
    @Nullable Integer outcomes,
    @Nullable Platform platform,
    @Nullable Sha256Digest manifest,
    @Nullable Result result,
    List<Sha256Digest> children,
    HistoryEntry entry) {}
