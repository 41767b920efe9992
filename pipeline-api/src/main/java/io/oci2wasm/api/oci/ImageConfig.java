package io.oci2wasm.api.oci;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An image config, as far as it decides what a container does (image-spec 1.1, config.md). */
public record ImageConfig(
    String os, String architecture, @Nullable String variant, Execution config, Rootfs rootfs) {
  public ImageConfig {
    Objects.requireNonNull(os, "image config: found no os");
    Objects.requireNonNull(architecture, "image config: found no architecture");
    platform(os, architecture, variant);
    config = config == null ? Execution.EMPTY : config;
    Objects.requireNonNull(rootfs, "image config: found no rootfs");
  }

  @JsonIgnore
  public Platform platform() {
    return platform(os, architecture, variant);
  }

  private static Platform platform(String os, String architecture, @Nullable String variant) {
    return new Platform(os, architecture, variant);
  }

  /** Digests of the unpacked layers, lowest first. */
  public record Rootfs(String type, @JsonProperty("diff_ids") List<Sha256Digest> diffIds) {
    public Rootfs {
      diffIds = diffIds == null ? List.of() : List.copyOf(diffIds);
    }
  }

  /** What is run, as whom, where. Absent members are empty. */
  public record Execution(
      @JsonProperty("User") String user,
      @JsonProperty("Env") List<String> env,
      @JsonProperty("Entrypoint") List<String> entrypoint,
      @JsonProperty("Cmd") List<String> cmd,
      @JsonProperty("WorkingDir") String workingDir,
      @JsonProperty("StopSignal") String stopSignal,
      @JsonProperty("Volumes") Map<String, Object> volumes,
      @JsonProperty("ExposedPorts") Map<String, Object> exposedPorts) {
    static final Execution EMPTY =
        new Execution("", List.of(), List.of(), List.of(), "", "", Map.of(), Map.of());

    public Execution {
      user = user == null ? "" : user;
      env = env == null ? List.of() : List.copyOf(env);
      entrypoint = entrypoint == null ? List.of() : List.copyOf(entrypoint);
      cmd = cmd == null ? List.of() : List.copyOf(cmd);
      workingDir = workingDir == null ? "" : workingDir;
      stopSignal = stopSignal == null ? "" : stopSignal;
      volumes = volumes == null ? Map.of() : new TreeMap<>(volumes);
      exposedPorts = exposedPorts == null ? Map.of() : new TreeMap<>(exposedPorts);
    }

    @JsonIgnore
    public Set<String> volumePaths() {
      return volumes.keySet();
    }

    /** As {@code 80/tcp}. */
    @JsonIgnore
    public Set<String> exposedPortNames() {
      return exposedPorts.keySet();
    }
  }
}
