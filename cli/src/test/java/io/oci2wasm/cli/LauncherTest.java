package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shell script that starts Java, beside a Java that only repeats what it was told. */
class LauncherTest {
  private static final String EXIT = "-XX:+ExitOnOutOfMemoryError";
  private static final String QUICK = "-XX:TieredStopAtLevel=1";
  private static final String GUEST = "-XX:-DontCompileHugeMethods";
  private static final String OFTEN = "-XX:Tier4InvocationThreshold=250000";

  /** Repeats what it is told, and writes the archive of classes that it is told to write. */
  private static final String JAVA =
      """
      #!/bin/sh
      for word; do
        case $word in
          -XX:ArchiveClassesAtExit=*) echo exit > "${word#*=}" ;;
          -Xshare:dump) dumps=yes ;;
          -XX:SharedArchiveFile=*) [ -z "${dumps-}" ] || echo dump > "${word#*=}" ;;
        esac
      done
      echo "$@"
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path home;

  @BeforeEach
  void lay() throws IOException {
    Path script = Path.of("../oci2wasm").toAbsolutePath().normalize();
    program(home.resolve("oci2wasm"), Files.readString(script));
    program(home.resolve("java/bin/java"), JAVA);
    Files.createDirectories(home.resolve("cli/src/main"));
    Files.createFile(home.resolve("pom.xml"));
    Files.createFile(home.resolve("cli/pom.xml"));
    Files.createFile(Files.createDirectories(home.resolve("docs")).resolve("netp.mjs"));
    Path built = home.resolve("cli/target/lib/built");
    Files.createDirectories(built.getParent());
    Files.createFile(built);
    Files.setLastModifiedTime(built, FileTime.from(Instant.now().plusSeconds(60)));
  }

  private static void program(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"up", "gateway", "worker"})
  void shouldEndAServerThatHasNoMemoryLeft(String command) throws Exception {
    assertThat(started(command)).contains(EXIT, command);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ingest", "resolve", "build"})
  void shouldEndAWorkerThatHasNoMemoryLeft(String stage) throws Exception {
    assertThat(started("worker", stage)).contains(EXIT, "worker", stage);
  }

  @Test
  void shouldSpareTheResolveWorkerTheOptimisingCompiler() throws Exception {
    assertThat(started("worker", "resolve")).contains(QUICK);
  }

  /** What hashes needs it. */
  @ParameterizedTest
  @ValueSource(strings = {"ingest", "build"})
  void shouldHashWithTheOptimisingCompiler(String stage) throws Exception {
    assertThat(started("worker", stage)).doesNotContain(QUICK);
  }

  /** It has a word of its own for that. */
  @Test
  void shouldNotEndAGuest() throws Exception {
    assertThat(started("run")).contains("run").doesNotContain(EXIT);
  }

  @Test
  void shouldStartWithTheClassesThatItArchivedOnce() throws Exception {
    Path archive = home.toRealPath().resolve("cli/target/lib/classes.jsa");

    List<String> words = started("inspect");

    assertThat(words).contains("-XX:SharedArchiveFile=" + archive);
    assertThat(archive).exists();
    assertThat(archive.getParent()).isDirectoryNotContaining("glob:**.jsa.*");
  }

  @Test
  void shouldArchiveTheClassesOfNewJars() throws Exception {
    List<String> unused = started("inspect");
    Path archive = home.resolve("cli/target/lib/classes.jsa");
    FileTime old = FileTime.from(Instant.now().minusSeconds(60));
    Files.setLastModifiedTime(archive, old);

    List<String> again = started("inspect");
    assertThat(Files.getLastModifiedTime(archive)).isEqualTo(old);
    Files.createFile(home.resolve("cli/target/lib/new.jar"));
    List<String> after = started("inspect");

    assertThat(Files.getLastModifiedTime(archive)).isGreaterThan(old);
    assertThat(after).isEqualTo(again);
  }

  @Test
  void shouldArchiveTheClassesThatAReleaseNames() throws Exception {
    Files.createFile(home.resolve("cli/target/lib/classes.lst"));

    assertThat(started("inspect")).contains("inspect");

    assertThat(home.resolve("cli/target/lib/classes.jsa")).hasContent("dump");
  }

  /** Another JVM cannot use the archive, and would start without one for good. */
  @Test
  void shouldHaveAnArchiveOfEachJvm() throws Exception {
    List<String> archives = new ArrayList<>();
    for (String version : List.of("17.0.1", "17.0.2", "17.0.1")) {
      Files.writeString(home.resolve("java/release"), "JAVA_VERSION=" + version);
      archives.add(
          started("inspect").stream()
              .filter(word -> word.startsWith("-XX:SharedArchiveFile="))
              .map(word -> word.substring(word.indexOf('=') + 1))
              .collect(Collectors.joining()));
    }

    assertThat(archives).allSatisfy(archive -> assertThat(Path.of(archive)).hasContent("exit"));
    assertThat(Set.copyOf(archives)).hasSize(2);
    assertThat(archives.get(0)).isEqualTo(archives.get(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"convert", "rootfs", "up"})
  void shouldLetTheOptimisingCompilerWorkWhereItPays(String command) throws Exception {
    assertThat(started(command)).doesNotContain(QUICK);
    assertThat(started("batches")).contains(QUICK);
  }

  /**
   * A conversion is over before most of what it compiles pays, and so are many in a worker. One
   * that trains runs a guest, whose engine is one huge method.
   */
  @Test
  void shouldCompileOnlyWhatIsUsedMuchWhereLittleElsePays() throws Exception {
    assertThat(started("convert", "oci:layout")).contains(OFTEN);
    assertThat(started("rootfs", "oci:layout")).contains(OFTEN);
    assertThat(started("convert", "--train=true", "oci:layout"))
        .contains(GUEST, QUICK)
        .doesNotContain(OFTEN);
    assertThat(started("up")).contains(OFTEN);
    assertThat(started("worker", "build")).contains(OFTEN).doesNotContain(QUICK);
    assertThat(started("worker", "ingest")).contains(OFTEN).doesNotContain(QUICK);
    assertThat(started("worker", "resolve")).contains(QUICK).doesNotContain(OFTEN);
  }

  @Test
  void shouldHaveTheSameInImages() throws Exception {
    List<String> flags = Files.readAllLines(Path.of("src/main/image/app/jvm-flags"));

    assertThat(flags).contains(EXIT);
    assertThat(started("worker", "build"))
        .containsAll(flags.stream().filter(flag -> flag.startsWith("-XX:")).toList());
  }

  private List<String> started(String... words) throws Exception {
    List<String> command =
        Stream.concat(Stream.of(home.resolve("oci2wasm").toString()), Stream.of(words)).toList();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", home.resolve("java").toString());
    Process process = builder.start();
    process.getOutputStream().close();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    return List.of(said.split("\\s+"));
  }
}
