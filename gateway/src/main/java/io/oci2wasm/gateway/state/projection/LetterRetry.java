package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterReader;
import io.oci2wasm.runtime.event.TopicRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records that gateways could not store. A later version may store them. The database is then as if
 * the record had been read at once. For one thread.
 */
public final class LetterRetry {
  private static final int AT_ONCE = 100;

  private final StateDatabase database;
  private final Consumer<ChangedIds> changed;

  /** Letters that this version was shown in vain; the same version needs not look again. */
  private final Set<String> inVain = new HashSet<>();

  private boolean looked;

  /** {@code changed} is told what is taken in. */
  public LetterRetry(StateDatabase database, Consumer<ChangedIds> changed) {
    this.database = database;
    this.changed = changed;
  }

  /**
   * Takes in what this version can read: at first of everything that lies there, later of what a
   * gateway of an earlier version, which still runs beside this one, has set aside as newer.
   *
   * @return how many records were taken in
   * @throws UnavailableException if the database does not answer: what was taken in stays so
   */
  public int takeAgain() throws UnavailableException {
    Reason reason = looked ? Reason.NEWER_VERSION : null;
    int all = 0;
    String last = "";
    List<Letter> page;
    do {
      List<TopicRecord> taken = new ArrayList<>();
      page = takeSome(reason, last, taken);
      changed.accept(StateProjection.touched(taken));
      all += taken.size();
      last = page.isEmpty() ? last : page.get(page.size() - 1).id();
    } while (page.size() == AT_ONCE);
    looked = true;
    return all;
  }

  private List<Letter> takeSome(@Nullable Reason reason, String after, List<TopicRecord> taken)
      throws UnavailableException {
    return database.alone(
        "taking in again what was set aside",
        handle -> {
          List<Letter> found = LetterReader.ofGateway(handle, reason, after, AT_ONCE);
          for (Letter letter : found) {
            TopicRecord record = inVain.contains(letter.id()) ? null : record(letter);
            if (record != null && Intake.again(handle, record, letter)) {
              taken.add(record);
            } else if (letter.failure().reason() == Reason.NEWER_VERSION) {
              inVain.add(letter.id());
            }
          }
          return found;
        });
  }

  private static @Nullable TopicRecord record(Letter letter) {
    DeadLetter.Origin origin = letter.origin();
    RecordCopy copy = letter.record();
    return origin == null || copy == null
        ? null
        : TopicRecord.of(origin, letter.failure().deadAt(), copy);
  }
}
