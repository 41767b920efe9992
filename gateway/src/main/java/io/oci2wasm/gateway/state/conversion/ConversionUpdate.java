package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.Sha256Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one event says about one conversion.
 *
 * @param id of the conversion: the request's, or of one of its platforms
 * @param told of the request as a whole
 * @param children what the request's index lists
 */
public record ConversionUpdate(
    String id,
    String requestId,
    Conversion.Target target,
    Request.Told told,
    @Nullable Result result,
    List<Sha256Digest> children,
    HistoryEntry entry) {}
