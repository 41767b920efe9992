import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Lints a chart, and renders it with each values file of a folder: to NAME.yaml, or what Helm says
 * against it to NAME.refused. Usage: java Render.java CHART VALUES OUTPUT
 */
final class Render {
  private Render() {}

  public static void main(String[] arguments) throws Exception {
    Path chart = Path.of(arguments[0]);
    Path output = Files.createDirectories(Path.of(arguments[2]));
    LintResult lint = new Helm(chart).lint().strict().call();
    lint.getMessages().forEach(System.out::println);
    if (lint.isFailed()) {
      System.exit(1);
    }
    List<Path> files;
    try (Stream<Path> listed = Files.list(Path.of(arguments[1]))) {
      files = listed.sorted().toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString().replaceFirst("\\.yaml$", "");
      try {
        String rendered =
            new Helm(chart)
                .template()
                .withName("oci2wasm")
                .withNamespace("oci2wasm")
                .withKubeVersion("1.31.0")
                .withValuesFile(file)
                .call();
        Files.writeString(output.resolve(name + ".yaml"), rendered);
      } catch (IllegalStateException e) {
        Files.writeString(output.resolve(name + ".refused"), String.valueOf(e.getMessage()));
      }
    }
  }
}
