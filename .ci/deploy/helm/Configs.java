import io.oci2wasm.cli.pipeline.PipelineConfig;
import io.oci2wasm.runtime.config.ConfigException;
import java.nio.file.Path;
import java.util.Map;

/** Reads configurations as the parts do. Usage: java Configs.java FILE… */
final class Configs {
  private Configs() {}

  public static void main(String[] files) {
    int wrong = 0;
    for (String file : files) {
      try {
        PipelineConfig.read(Path.of(file), Map.of());
      } catch (ConfigException e) {
        System.out.println(file + ": " + e.getMessage());
        wrong++;
      }
    }
    System.out.println(files.length + " configurations, " + wrong + " wrong");
    System.exit(wrong == 0 ? 0 : 1);
  }
}
