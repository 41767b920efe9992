package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.cli.Cli.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands ask of a gateway, and what they make of its answers. */
@SuppressWarnings("NullAway.Init") // JUnit sets the field
class BatchCommandsTest {
  private static final String ID = "b".repeat(32);

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Deque<String> answers = new ArrayDeque<>();
  private HttpServer gateway;

  @BeforeEach
  void start() throws IOException {
    gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.createContext(
        "/api/v1/batches",
        exchange -> {
          try (exchange) {
            calls.add(
                exchange.getRequestMethod()
                    + " "
                    + exchange.getRequestURI()
                    + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            String answer = answers.size() > 1 ? answers.remove() : answers.element();
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(
                answer.contains("\"status\":409") ? 409 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    gateway.start();
  }

  @AfterEach
  void stop() {
    gateway.stop(0);
  }

  private static String batch(String state, int waiting, int built, int failed) {
    return String.format(
        "{\"id\":\"%s\",\"kind\":\"reconvert\",\"registry\":\"r.example\",\"state\":\"%s\","
            + "\"images\":{\"total\":%d,\"waiting\":%d,\"built\":%d,\"failed\":%d},"
            + "\"conversions\":{\"built\":%d,\"failed\":%d},"
            + "\"requestedAt\":\"2026-11-24T10:00:00Z\"}",
        ID, state, waiting + built + failed, waiting, built, failed, built, failed);
  }

  private Result run(String command, String... options) {
    Object[] words = new Object[options.length + 3];
    words[0] = command;
    words[1] = "--gateway";
    words[2] = "http://127.0.0.1:" + gateway.getAddress().getPort();
    System.arraycopy(options, 0, words, 3, options.length);
    return Cli.execute(words);
  }

  @Test
  void shouldAskForWhatTheOptionsSay() {
    answers.add(batch("listing", 0, 0, 0));

    Result result =
        run(
            "reconvert",
            "--registry",
            "r.example",
            "--repository",
            "team/*",
            "--platform",
            "linux/riscv64",
            "--since",
            "2026-11-20",
            "--rate",
            "2.5/s",
            "--force");
    Result scan = run("scan", "--registry", "r.example");

    assertThat(calls)
        .containsExactly(
            "POST /api/v1/batches {\"kind\":\"reconvert\",\"registry\":\"r.example\","
                + "\"repositories\":[\"team/*\"],\"rate\":2.5,\"platforms\":[\"linux/riscv64\"],"
                + "\"force\":true,\"since\":\"2026-11-20T00:00:00Z\"}",
            "POST /api/v1/batches {\"kind\":\"scan\",\"registry\":\"r.example\","
                + "\"repositories\":[]}");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith(ID + " reconvert listing");
    assertThat(scan.exitCode()).isZero();
  }

  @Test
  void shouldOnlyTellWhatADryRunWouldConvert() {
    answers.add(
        "{\"dryRun\":true,\"images\":3,\"repositories\":2,\"sample\":[{\"registry\":\"r.example\","
            + "\"repository\":\"a\",\"tag\":\"1\",\"digest\":\"sha256:1\"}]}");

    Result result = run("reconvert", "--registry", "r.example", "--dry-run");

    assertThat(calls).singleElement().asString().endsWith("\"dryRun\":true}");
    assertThat(result.out().lines())
        .containsExactly(
            "r.example/a:1@sha256:1",
            "and 2 more images",
            "would convert 3 images of 2 repositories");
  }

  @Test
  void shouldWaitForTheEndAndSayOnStderrHowItGoes() {
    answers.addAll(
        List.of(batch("listing", 0, 0, 0), batch("running", 2, 1, 0), batch("done", 0, 3, 0)));

    Result result = run("reconvert", "--registry", "r.example", "--wait");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("running: 1 of 3 images: 2 waiting, 1 built");
    assertThat(result.out()).contains("state      done", "images     3: 3 built");
  }

  @Test
  void shouldEndWithOneWhereAnImageFailedOrTheBatchWasCancelled() {
    answers.add(batch("done", 0, 2, 1));
    Result failed = run("batches", ID, "--wait");
    answers.clear();
    answers.add(batch("cancelled", 2, 1, 0));
    Result cancelled = run("batches", ID, "--wait");

    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.out()).contains("images     3: 2 built, 1 failed");
    assertThat(cancelled.exitCode()).isEqualTo(1);
  }

  @Test
  void shouldListAllPages() {
    answers.add("{\"items\":[" + batch("done", 0, 1, 0) + "],\"next\":\"more\"}");
    answers.add("{\"items\":[" + batch("running", 1, 1, 0) + "]}");

    Result result = run("batches");

    assertThat(calls).containsExactly("GET /api/v1/batches ", "GET /api/v1/batches?page=more ");
    assertThat(result.out().lines())
        .containsExactly(
            ID + " reconvert done      2026-11-24T10:00:00Z r.example, 1 of 1",
            ID + " reconvert running   2026-11-24T10:00:00Z r.example, 1 of 2");
  }

  @Test
  void shouldControlABatchAndSayWhyThatIsRefused() {
    answers.add(batch("paused", 1, 1, 0));
    Result paused = run("batches", ID, "--pause");
    answers.clear();
    answers.add("{\"status\":409,\"detail\":\"batch b: found it paused\"}");
    Result refused = run("batches", ID, "--cancel");

    assertThat(calls)
        .containsExactly(
            "POST /api/v1/batches/" + ID + "/pause {}",
            "POST /api/v1/batches/" + ID + "/cancel {}");
    assertThat(paused.exitCode()).isZero();
    assertThat(paused.out()).contains("state      paused");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("found it paused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "scan",
        "scan --registry r.example --rate fast",
        "scan --registry r.example --force",
        "reconvert --registry r.example --since soon",
        "reconvert --registry r.example --platform linux/riscv64/a/b",
        "batches --pause",
        "batches abc",
        "batches bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb --pause --resume",
      })
  void shouldRefuseACommandLineThatMeansNothingAndCallNobody(String line) {
    String[] words = line.split(" ", -1);
    String[] options = new String[words.length - 1];
    System.arraycopy(words, 1, options, 0, options.length);

    Result result = run(words[0], options);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("oci2wasm: ");
    assertThat(calls).isEmpty();
  }
}
