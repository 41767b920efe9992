package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a bundle is trained, so that another one with translations follows it (docs/FORMATS.md,
 * "Trained bundles").
 *
 * @param commands what is run, each cut into words as a shell would; none means the image's own
 * @param time guest time of each run, at most
 * @param memory of the guest in these runs; absent means what its bundle has
 * @param simd whether the translations may use 128-bit vectors, so that their bundle needs a host
 *     which has them; absent means no
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Training(
    List<String> commands,
    TrainingTime time,
    @Nullable GuestMemory memory,
    @Nullable Boolean simd) {
  private static final int MAX_COMMANDS = 16;
  private static final int MAX_COMMAND_LENGTH = 1000;

  /** {@code false} is the same as absent. */
  public Training {
    simd = Boolean.TRUE.equals(simd) ? simd : null;
    commands = commands == null ? List.of() : List.copyOf(commands);
    time = time == null ? TrainingTime.DEFAULT : time;
    if (commands.size() > MAX_COMMANDS) {
      throw new IllegalArgumentException(
          "commands: found " + commands.size() + ", expected at most " + MAX_COMMANDS);
    }
    for (String command : commands) {
      if (command.length() > MAX_COMMAND_LENGTH) {
        throw new IllegalArgumentException(
            "commands: found one of "
                + command.length()
                + " characters, expected at most "
                + MAX_COMMAND_LENGTH);
      }
      List<String> unused = words(command);
    }
  }

  public boolean wantsVectors() {
    return simd != null;
  }

  /**
   * The same for bundles of {@code platform}: without vectors if its engine makes no use of them.
   */
  public Training on(Platform platform) {
    return platform.hasVectors() ? this : withoutVectors();
  }

  /** The same for every host. Both record the same. */
  public Training withoutVectors() {
    return new Training(commands, time, memory, null);
  }

  /** The words of each command; none for the image's own. */
  public List<List<String>> commandWords() {
    return commands.isEmpty()
        ? List.of(List.of())
        : commands.stream().map(Training::words).toList();
  }

  private static List<String> words(String command) {
    return CommandWords.split("commands:", command, "sh -c 'make test'");
  }
}
