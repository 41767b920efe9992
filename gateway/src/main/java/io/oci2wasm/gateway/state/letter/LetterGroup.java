package io.oci2wasm.gateway.state.letter;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters of one stage and reason, or those of them that are about one repository.
 *
 * @param registry absent of a reason as a whole, and of letters about no image
 * @param repository absent as {@code registry}
 * @param letters how many
 * @param replayable how many of them can be replayed: the gateway's own never
 * @param repositories how many repositories they are about; absent where it is one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LetterGroup(
    Stage stage,
    Reason reason,
    @Nullable String registry,
    @Nullable String repository,
    long letters,
    long replayable,
    @Nullable Long repositories,
    Instant firstDeadAt,
    Instant lastDeadAt) {
  boolean isSame(LetterGroup other) {
    return stage == other.stage
        && reason == other.reason
        && Objects.equals(registry, other.registry)
        && Objects.equals(repository, other.repository);
  }

  /** So many of its letters cannot be replayed. */
  LetterGroup without(long refused) {
    return new LetterGroup(
        stage,
        reason,
        registry,
        repository,
        letters,
        replayable - refused,
        repositories,
        firstDeadAt,
        lastDeadAt);
  }
}
