package io.oci2wasm.converter.sbom;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Component;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.sbom.OsPackage.Kind;
import io.oci2wasm.converter.sbom.OsPackages.OperatingSystem;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code sbom.cdx.json}: what is in a bundle, in CycloneDX 1.6 (docs/FORMATS.md, "Bill of
 * materials"). The same bundle and name give the same bytes: no time, and a serial number that is
 * computed from the rest.
 */
public final class Sbom {
  private static final String IMAGE = "image";

  /** What engine.json calls these. */
  private static final String ENGINE = "oci2wasm engine";

  private static final String KERNEL = "Linux";

  private final BundleDescription bundle;
  private final Engine engine;
  private final OsPackages packages;
  private final String name;
  private final ObjectNode document = Json.MAPPER.createObjectNode();
  private final List<String> references = new ArrayList<>();

  private Sbom(
      BundleDescription bundle, Engine engine, OsPackages packages, @Nullable String name) {
    this.bundle = bundle;
    this.engine = engine;
    this.packages = packages;
    this.name = name == null ? bundle.manifestDigest().toString() : name;
  }

  /**
   * The document, UTF-8.
   *
   * @param engine that the bundle has
   * @param packages of its image
   * @param name the image's, where it has only one; otherwise its digest stands for it
   */
  public static byte[] of(
      BundleDescription bundle, Engine engine, OsPackages packages, @Nullable String name) {
    return new Sbom(bundle, engine, packages, name).toJson();
  }

  private byte[] toJson() {
    document.put("bomFormat", "CycloneDX").put("specVersion", "1.6").put("serialNumber", "");
    document.put("version", 1);
    metadata(document.putObject("metadata"));
    ArrayNode components = document.putArray("components");
    if (packages.system() != null) {
      system(components, packages.system());
    }
    Map<String, Integer> seen = new HashMap<>();
    packages.packages().forEach(one -> osPackage(components, one, seen));
    engine(components);
    ArrayNode dependsOn =
        document.putArray("dependencies").addObject().put("ref", IMAGE).putArray("dependsOn");
    references.forEach(dependsOn::add);
    // Files that no package owns are not listed.
    document
        .putArray("compositions")
        .addObject()
        .put("aggregate", "incomplete")
        .putArray("assemblies")
        .add(IMAGE);
    document.put("serialNumber", serialNumber(bytes()));
    return bytes();
  }

  private byte[] bytes() {
    try {
      return Json.MAPPER.writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new AssertionError("an object of strings is always JSON", e);
    }
  }

  /** Of version 8, which leaves the bits to us (RFC 9562, section 5.8). */
  private static String serialNumber(byte[] rest) {
    String hex = Sha256Digest.of(rest).hex();
    return String.format(
        "urn:uuid:%s-%s-8%s-8%s-%s",
        hex.substring(0, 8),
        hex.substring(8, 12),
        hex.substring(13, 16),
        hex.substring(17, 20),
        hex.substring(20, 32));
  }

  private void metadata(ObjectNode metadata) {
    ObjectNode tool =
        metadata
            .putObject("tools")
            .putArray("components")
            .addObject()
            .put("type", "application")
            .put("name", "oci2wasm converter")
            .put("version", bundle.converterVersion());
    if (bundle.packer() != null) {
      property(tool.putArray("properties"), "packer", bundle.packer());
    }
    ObjectNode image =
        metadata
            .putObject("component")
            .put("type", "container")
            .put("bom-ref", IMAGE)
            .put("name", name)
            .put("version", bundle.manifestDigest().toString());
    property(image.putArray("properties"), "platform", bundle.platform().toString());
    ArrayNode properties = metadata.putArray("properties");
    property(properties, "conversionId", bundle.conversionId());
    packages.gaps().forEach(gap -> property(properties, "notListed", gap));
  }

  private static void property(ArrayNode properties, String name, String value) {
    properties.addObject().put("name", "oci2wasm:" + name).put("value", value);
  }

  private ObjectNode component(ArrayNode components, String type, String reference, String called) {
    references.add(reference);
    return components.addObject().put("type", type).put("bom-ref", reference).put("name", called);
  }

  private void system(ArrayNode components, OperatingSystem system) {
    ObjectNode one = component(components, "operating-system", "system", system.id());
    if (system.version() != null) {
      one.put("version", system.version());
    }
    if (system.title() != null) {
      one.put("description", system.title());
    }
  }

  private void osPackage(ArrayNode components, OsPackage one, Map<String, Integer> seen) {
    String reference =
        String.format(
            "%s/%s@%s%s",
            one.kind() == Kind.DEB ? "deb" : "apk",
            one.name(),
            one.version(),
            one.architecture() == null ? "" : "/" + one.architecture());
    // A list may have an entry twice, of different sources.
    int before = seen.merge(reference, 1, Integer::sum);
    ObjectNode component =
        component(
                components,
                "library",
                before == 1 ? reference : reference + "#" + before,
                one.name())
            .put("version", one.version());
    if (one.licence() != null) {
      component.putArray("licenses").addObject().putObject("license").put("name", one.licence());
    }
    if (packages.system() != null) {
      component.put("purl", packageUrl(one, packages.system()));
    }
    if (one.source() != null || one.sourceVersion() != null) {
      ArrayNode properties = component.putArray("properties");
      if (one.source() != null) {
        property(properties, "source", one.source());
      }
      if (one.sourceVersion() != null) {
        property(properties, "sourceVersion", one.sourceVersion());
      }
    }
  }

  /** As the purl specification has it for the types deb and apk. */
  private static String packageUrl(OsPackage one, OperatingSystem system) {
    StringBuilder url = new StringBuilder("pkg:");
    url.append(one.kind() == Kind.DEB ? "deb" : "apk").append('/').append(encoded(system.id()));
    url.append('/').append(encoded(one.name())).append('@').append(encoded(one.version()));
    List<String> qualifiers = new ArrayList<>();
    if (one.architecture() != null) {
      qualifiers.add("arch=" + encoded(one.architecture()));
    }
    if (system.version() != null) {
      qualifiers.add("distro=" + encoded(system.id() + "-" + system.version()));
    }
    if (one.source() != null || one.sourceVersion() != null) {
      String source = one.source() == null ? one.name() : one.source();
      String version = one.sourceVersion() == null ? one.version() : one.sourceVersion();
      qualifiers.add("upstream=" + encoded(source + "@" + version));
    }
    return qualifiers.isEmpty() ? url.toString() : url + "?" + String.join("&", qualifiers);
  }

  /** Percent-encoded but for what the specification leaves as it is. */
  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8)
        .replace("+", "%20")
        .replace("%7E", "~")
        .replace("%3A", ":")
        .replace("*", "%2A");
  }

  /** The engine and what it contains; of the kernel, where its source is, too. */
  private void engine(ArrayNode components) {
    ObjectNode itself =
        component(components, "application", "engine", ENGINE).put("version", engine.version());
    itself
        .putArray("hashes")
        .addObject()
        .put("alg", "SHA-256")
        .put("content", engine.digest().hex());
    for (Component one : engine.components()) {
      boolean kernel = one.name().equals(KERNEL);
      ObjectNode part =
          one.name().equals(ENGINE)
              ? itself
              : component(
                      components,
                      kernel ? "operating-system" : "library",
                      "engine/" + one.name().replace(' ', '-'),
                      one.name())
                  .put("version", one.version());
      part.putArray("licenses").addObject().put("expression", one.licence());
      if (kernel) {
        engine.kernelSource().ifPresent(url -> part.put("purl", url));
      }
      property(part.putArray("properties"), "source", one.source());
    }
  }
}
