package io.oci2wasm.gateway.state.letter;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters of one stage and reason, or those of them that are about one repository.
 *
 * @param registry absent of a reason as a whole, and of letters about no image
 * @param repository absent as {@code registry}
 * @param letters how many
 * @param repositories how many repositories they are about; absent where it is one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LetterGroup(
    Stage stage,
    Reason reason,
    @Nullable String registry,
    @Nullable String repository,
    long letters,
    @Nullable Long repositories,
    Instant firstDeadAt,
    Instant lastDeadAt) {}
