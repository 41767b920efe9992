package io.oci2wasm.converter.bundle;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.train.EngineNumbers;
import io.oci2wasm.converter.train.Translations;
import io.oci2wasm.converter.wasm.Import;
import io.oci2wasm.converter.wasm.ModuleExtension;
import io.oci2wasm.converter.wasm.SectionId;
import io.oci2wasm.converter.wasm.WasmModule;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A prebuilt machine: {@code engine.wasm} with kernel and init inside, and its {@code engine.json}.
 * Immutable: load it once and keep it.
 */
public final class Engine {
  /**
   * Folders of architectures whose name among compilers is another than in OCI, or which another
   * one's engine runs.
   */
  private static final Map<String, String> FOLDERS = Map.of("amd64", "x86_64", "386", "x86_64");

  private static final String WASI = "wasi_snapshot_preview1";

  /** How the names of WASI 0.2's interfaces begin, which a component imports, too. */
  private static final String WASI_INTERFACES = "wasi:";

  private static final List<String> EXPORTS = List.of("memory", "_start");

  private static final byte I32 = 0x7f;
  private static final byte I64 = 0x7e;

  /** Types of translated code, and of what it calls (engine/translate/module.h). */
  private static final byte[] UNIT_PARAMETERS = {I64, I32};

  private static final byte[] HANDLER_PARAMETERS = {I32, I32};
  private static final byte[] CARRY_PARAMETERS = {I32};

  private final Platform platform;
  private final byte[] module;
  private final Sha256Digest digest;
  private final Sha256Digest untranslated;
  private final Description description;
  private final @Nullable ComponentWrapper wrapper;

  private Engine(
      Platform platform,
      byte[] module,
      Sha256Digest digest,
      Description description,
      @Nullable ComponentWrapper wrapper) {
    this(platform, module, digest, digest, description, wrapper);
  }

  private Engine(
      Platform platform,
      byte[] module,
      Sha256Digest digest,
      Sha256Digest untranslated,
      Description description,
      @Nullable ComponentWrapper wrapper) {
    this.platform = platform;
    this.module = module;
    this.digest = digest;
    this.untranslated = untranslated;
    this.description = description;
    this.wrapper = wrapper;
  }

  /** An engine from bytes, instead of one that is built in. */
  public static Engine of(
      Platform platform, byte[] module, String version, List<Component> components) {
    return of(platform, module, version, components, null);
  }

  /** The same; with a {@code wrapper} its bundles are components. */
  static Engine of(
      Platform platform,
      byte[] module,
      String version,
      List<Component> components,
      @Nullable ComponentWrapper wrapper) {
    Sha256Digest digest = Sha256Digest.of(module);
    return new Engine(
        platform,
        module.clone(),
        digest,
        new Description(version, digest.hex(), components, null, null),
        wrapper);
  }

  /** The platforms whose engine is built in. */
  public static List<Platform> platforms() {
    return Platform.WITH_ENGINE.stream()
        .filter(known -> Engine.class.getResource(resource(known, "engine.wasm")) != null)
        .toList();
  }

  /**
   * The built-in engine that runs images of {@code platform}, if there is one.
   *
   * @throws IOException if it is damaged
   */
  public static Optional<Engine> forPlatform(Platform platform) throws IOException {
    for (Platform known : platforms()) {
      if (platform.runsOn(known)) {
        return Optional.of(load(known));
      }
    }
    return Optional.empty();
  }

  /**
   * What the built-in engine for {@code platform} says of itself. Its module is not read: whoever
   * uses it checks it.
   *
   * @throws IOException if there is none, or its description is damaged
   */
  public static Identity identity(Platform platform) throws IOException {
    String name = resource(platform, "engine.json");
    String version = null;
    String sha256 = null;
    // Binding it to a record would take as long as the whole command does.
    try (JsonParser json = new JsonFactory().createParser(read(name))) {
      for (json.nextToken(); json.nextToken() == JsonToken.FIELD_NAME; json.skipChildren()) {
        String member = json.currentName();
        json.nextToken();
        version = member.equals("version") ? json.getText() : version;
        sha256 = member.equals("sha256") ? json.getText() : sha256;
      }
      return new Identity(
          Objects.requireNonNull(version, "engine.json: found no version"),
          new Sha256Digest(Objects.requireNonNull(sha256, "engine.json: found no sha256")));
    } catch (JsonProcessingException e) {
      throw damaged(platform, name, e);
    }
  }

  private static Engine load(Platform platform) throws IOException {
    Description description = describe(platform);
    byte[] module = readChecked(platform, "engine.wasm", description.sha256());
    return new Engine(platform, module, description.digest(), description, null);
  }

  private static Description describe(Platform platform) throws IOException {
    String name = resource(platform, "engine.json");
    try {
      return Json.MAPPER.readValue(read(name), Description.class);
    } catch (JsonProcessingException e) {
      throw damaged(platform, name, e);
    }
  }

  private static IOException damaged(Platform platform, String name, JsonProcessingException e) {
    return new IOException(
        String.format(
            "loading the engine for %s: found a damaged %s, expected JSON with version"
                + " and components; build the engine again",
            platform, name),
        e);
  }

  private static byte[] readChecked(Platform platform, String file, String sha256)
      throws IOException {
    byte[] bytes = read(resource(platform, file));
    Sha256Digest found = Sha256Digest.of(bytes);
    if (!found.hex().equals(sha256)) {
      throw new IOException(
          String.format(
              "loading the engine for %s: found a %s of %s, expected %s as engine.json says; build"
                  + " the engine again",
              platform, file, found, sha256));
    }
    return bytes;
  }

  private static byte[] read(String name) throws IOException {
    try (InputStream in = Engine.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(
            "loading an engine: found no resource " + name + "; build the engine again");
      }
      return in.readAllBytes();
    }
  }

  private static String resource(Platform platform, String file) {
    String folder = FOLDERS.getOrDefault(platform.architecture(), platform.architecture());
    return "/engine/" + folder + "/" + file;
  }

  public Platform platform() {
    return platform;
  }

  /**
   * The engine of the same version whose bundles are components.
   *
   * @throws IOException if there is none, or it is damaged
   */
  public Engine component() throws IOException {
    InComponent inside = description.component();
    if (inside == null) {
      throw unfit("no member component in engine.json", "one");
    }
    ComponentWrapper around =
        new ComponentWrapper(
            readChecked(platform, "component.prefix", inside.prefixSha256()),
            readChecked(platform, "component.suffix", inside.suffixSha256()));
    List<Component> all =
        Stream.concat(components().stream(), inside.components().stream()).toList();
    return new Engine(
        platform,
        readChecked(platform, "engine-component.wasm", inside.sha256()),
        new Sha256Digest(inside.sha256()),
        new Description(version(), inside.sha256(), all, description.kernel(), null),
        around);
  }

  /** What a bundle of this engine has around its module, if it is a component. */
  Optional<ComponentWrapper> wrapper() {
    return Optional.ofNullable(wrapper);
  }

  public String version() {
    return description.version();
  }

  /** SHA-256 of engine.wasm. */
  public Sha256Digest digest() {
    return digest;
  }

  /** The same without the translations inside; equal to {@link #digest} if there are none. */
  public Sha256Digest untranslated() {
    return untranslated;
  }

  public long sizeBytes() {
    return module.length;
  }

  /** A copy of engine.wasm. */
  public byte[] bytes() {
    return module.clone();
  }

  /** What is inside, with licences. */
  public List<Component> components() {
    return description.components();
  }

  /** Where the guest kernel's source is kept, as a package URL (purl), if engine.json says so. */
  public Optional<String> kernelSource() {
    return Optional.ofNullable(description.kernel())
        .map(kernel -> "pkg:deb/debian/" + kernel.sourcePackage() + "@" + kernel.sourceVersion());
  }

  /**
   * The module, checked for what a bundle's host expects of it (docs/FORMATS.md, "The bundle").
   *
   * @throws IOException if it imports other than WASI, exports too little, or has no room for our
   *     data segments
   */
  WasmModule checkedModule() throws IOException {
    WasmModule parsed = WasmModule.parse(module);
    for (Import imported : parsed.imports()) {
      boolean known =
          imported.module().equals(WASI)
              || (wrapper != null && imported.module().startsWith(WASI_INTERFACES));
      if (!known) {
        throw unfit("an import of " + imported.module() + "." + imported.name(), "only of " + WASI);
      }
    }
    List<String> exports = parsed.exportNames();
    if (!exports.containsAll(EXPORTS)) {
      throw unfit("the exports " + exports, EXPORTS + " among them");
    }
    if (parsed.dataSegments() > BundleWriter.FIRST_SEGMENT) {
      throw unfit(
          parsed.dataSegments() + " data segments", "at most " + BundleWriter.FIRST_SEGMENT);
    }
    if (parsed.section(SectionId.CODE).isEmpty()) {
      throw unfit("no code", "some");
    }
    return parsed;
  }

  /** What translated code must know of this engine. */
  public EngineNumbers numbers() throws IOException {
    ModuleExtension extension = new ModuleExtension(checkedModule());
    return new EngineNumbers(
        extension.typeNumber(UNIT_PARAMETERS),
        extension.typeNumber(HANDLER_PARAMETERS),
        extension.typeNumber(CARRY_PARAMETERS),
        extension.tableSize());
  }

  /** This engine with translated code inside. */
  public Engine with(Translations translations) throws IOException {
    byte[] extended =
        new ModuleExtension(checkedModule())
            .extend(
                numbers().unitType(),
                translations.units(),
                translations.bodies(),
                translations.pieces());
    return new Engine(
        platform, extended, Sha256Digest.of(extended), untranslated, description, wrapper);
  }

  private IOException unfit(String found, String expected) {
    return new IOException(
        String.format(
            "using engine %s for %s: found %s, expected %s; build the engine again",
            description.version(), platform, found, expected));
  }

  /**
   * Which engine it is.
   *
   * @param digest of engine.wasm, as engine.json says
   */
  public record Identity(String version, Sha256Digest digest) {}

  /**
   * {@code engine.json}, as far as a bundle needs it.
   *
   * @param sha256 digest of engine.wasm in hex
   */
  private record Description(
      String version,
      String sha256,
      List<Component> components,
      @Nullable Kernel kernel,
      @Nullable InComponent component) {
    Description {
      Objects.requireNonNull(version, "engine.json: found no version");
      Objects.requireNonNull(sha256, "engine.json: found no sha256");
      Objects.requireNonNull(components, "engine.json: found no components");
      components = List.copyOf(components);
    }

    Sha256Digest digest() {
      return new Sha256Digest(sha256);
    }
  }

  /** Digests in hex of the files that make a component, and what they add to the licences. */
  record InComponent(
      String sha256, String prefixSha256, String suffixSha256, List<Component> components) {
    InComponent {
      Objects.requireNonNull(sha256, "engine.json: found no component.sha256");
      Objects.requireNonNull(prefixSha256, "engine.json: found no component.prefixSha256");
      Objects.requireNonNull(suffixSha256, "engine.json: found no component.suffixSha256");
      Objects.requireNonNull(components, "engine.json: found no component.components");
      components = List.copyOf(components);
    }
  }

  /** The Debian package that the guest kernel was built from. */
  record Kernel(String sourcePackage, String sourceVersion) {
    Kernel {
      Objects.requireNonNull(sourcePackage, "engine.json: found no kernel.sourcePackage");
      Objects.requireNonNull(sourceVersion, "engine.json: found no kernel.sourceVersion");
    }
  }
}
