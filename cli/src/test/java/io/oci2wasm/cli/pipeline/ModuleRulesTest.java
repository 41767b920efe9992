package io.oci2wasm.cli.pipeline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may know whom (docs/ARCHITECTURE.md, "Modules"). */
class ModuleRulesTest {
  private static final String API = "io.oci2wasm.api..";
  private static final String RUNTIME = "io.oci2wasm.runtime..";
  private static final String GATEWAY = "io.oci2wasm.gateway..";
  private static final String GATEWAY_SUBSCRIBERS = "io.oci2wasm.gateway.subscriber..";
  private static final String GATEWAY_STATE = "io.oci2wasm.gateway.state..";
  private static final String INGEST = "io.oci2wasm.ingest..";
  private static final String RESOLVE = "io.oci2wasm.resolve..";
  private static final String BUILD = "io.oci2wasm.buildworker..";
  private static final String CONVERTER = "io.oci2wasm.converter..";
  private static final String NET = "io.oci2wasm.net..";
  private static final String CLI = "io.oci2wasm.cli..";
  private static final String EMBEDDED = "io.oci2wasm.embedded..";
  private static final String TEST_SUPPORT = "io.oci2wasm.testsupport..";
  private static final String[] KAFKA = {"org.apache.kafka..", "kafka..", "io.cloudevents.kafka.."};
  private static final String[] S3 = {"software.amazon..", "org.gaul.."};

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.oci2wasm");
  }

  @Test
  void shouldKeepTransportOutOfTheApi() {
    noClasses()
        .that()
        .resideInAPackage(API)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache..",
            "io.cloudevents..",
            "software.amazon..",
            "java.net.http..",
            "io.javalin..")
        .check(classes);
  }

  @Test
  void shouldKeepTheApiBelowEverything() {
    noClasses()
        .that()
        .resideInAPackage(API)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(RUNTIME, CONVERTER, GATEWAY, INGEST, RESOLVE, BUILD, CLI)
        .check(classes);
  }

  @Test
  void shouldLetOnlyTheRuntimeKnowKafkaAndS3() {
    noClasses()
        .that()
        .resideOutsideOfPackages(RUNTIME, EMBEDDED, TEST_SUPPORT)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(KAFKA)
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage(S3)
        .check(classes);
  }

  @Test
  void shouldKeepTheRuntimeBelowTheParts() {
    noClasses()
        .that()
        .resideInAPackage(RUNTIME)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(CONVERTER, GATEWAY, INGEST, RESOLVE, BUILD, CLI)
        .check(classes);
  }

  @Test
  void shouldLetTheEmbeddedServersKnowNoModule() {
    noClasses()
        .that()
        .resideInAPackage(EMBEDDED)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(API, RUNTIME, CONVERTER, GATEWAY, INGEST, RESOLVE, BUILD, CLI)
        .check(classes);
  }

  /** Sockets of a guest have nothing to do with the pipeline. */
  @Test
  void shouldLetTheNetworkKnowNoModule() {
    noClasses()
        .that()
        .resideInAPackage(NET)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(API, RUNTIME, CONVERTER, GATEWAY, INGEST, RESOLVE, BUILD, EMBEDDED, CLI)
        .check(classes);
  }

  @Test
  void shouldKeepTheRulesOfTheNetworkApartFromItsSockets() {
    noClasses()
        .that()
        .resideInAnyPackage("io.oci2wasm.net.rules..", "io.oci2wasm.net.netp..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.oci2wasm.net.peer..")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.nio.channels..")
        .check(classes);
  }

  @Test
  void shouldLetTestsAloneUseTheirSupport() {
    noClasses()
        .that()
        .resideOutsideOfPackage(TEST_SUPPORT)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(TEST_SUPPORT)
        .check(classes);
  }

  /** A library: whoever converts by it brings the store and the queue. */
  @Test
  void shouldLetTheConverterKnowTheApiOnly() {
    noClasses()
        .that()
        .resideInAPackage(CONVERTER)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(RUNTIME, GATEWAY, INGEST, RESOLVE, BUILD, CLI)
        .check(classes);
  }

  @Test
  void shouldLetOnlyTheBuildWorkerAndTheCommandConvert() {
    noClasses()
        .that()
        .resideInAnyPackage(GATEWAY, INGEST, RESOLVE)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(CONVERTER)
        .check(classes);
  }

  @Test
  void shouldKeepThePartsApart() {
    for (String part : new String[] {GATEWAY, INGEST, RESOLVE, BUILD}) {
      String[] others =
          Stream.of(GATEWAY, INGEST, RESOLVE, BUILD, CLI)
              .filter(other -> !other.equals(part))
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(part)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(others)
          .check(classes);
    }
  }

  @Test
  void shouldKeepTheModuleFormatApartFromItsUse() {
    onlyKnows("wasm");
  }

  /** The filesystem image is written from the merged tree, and knows nothing of layers' sources. */
  @Test
  void shouldLetTheFilesystemFormatKnowTreeAndFramesOnly() {
    onlyKnows("erofs", "rootfs", "frame");
    onlyKnows("rootfs", "frame");
    onlyKnows("frame");
  }

  private static void onlyKnows(String part, String... others) {
    Set<String> allowed =
        Stream.concat(Stream.of(part), Stream.of(others))
            .map(name -> "io.oci2wasm.converter." + name)
            .collect(Collectors.toSet());
    noClasses()
        .that()
        .resideInAPackage("io.oci2wasm.converter." + part + "..")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are in io.oci2wasm.converter but not in " + allowed,
                other ->
                    other.getPackageName().startsWith("io.oci2wasm.converter")
                        && !allowed.contains(other.getPackageName())))
        .check(classes);
  }

  @Test
  void shouldKeepTheDatabaseBehindTheGatewaysState() {
    noClasses()
        .that()
        .resideInAPackage(GATEWAY)
        .and()
        .resideOutsideOfPackage(GATEWAY_STATE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jdbi..", "java.sql..", "com.zaxxer..")
        .check(classes);
  }

  /** Each stored thing knows the database, and of the others only what it is made of. */
  @Test
  void shouldKeepTheStoredThingsOfTheGatewayApart() {
    Map<String, Set<String>> known =
        Map.of(
            "database", Set.of(),
            "lease", Set.of("database"),
            "audit", Set.of("database"),
            "conversion", Set.of("database"),
            "letter", Set.of("database"),
            "snapshot", Set.of("database"),
            "batch", Set.of("database", "conversion"),
            "summary", Set.of("database", "letter"),
            "retention", Set.of("database", "lease", "batch"),
            "projection", Set.of("database", "lease", "conversion", "letter", "snapshot", "batch"));
    known.forEach(
        (thing, others) ->
            noClasses()
                .that()
                .resideInAPackage("io.oci2wasm.gateway.state." + thing)
                .should()
                .dependOnClassesThat(
                    DescribedPredicate.describe(
                        "are in io.oci2wasm.gateway.state but neither in "
                            + thing
                            + " nor in "
                            + others,
                        other ->
                            other.getPackageName().startsWith("io.oci2wasm.gateway.state.")
                                && !other.getPackageName().endsWith("." + thing)
                                && others.stream()
                                    .noneMatch(one -> other.getPackageName().endsWith("." + one))))
                .check(classes));
    assertThat(
            classes.stream()
                .map(one -> one.getPackageName())
                .filter(name -> name.startsWith("io.oci2wasm.gateway.state."))
                .map(name -> name.substring(name.lastIndexOf('.') + 1)))
        .hasSameElementsAs(known.keySet());
  }

  @Test
  void shouldLetOnlyIngestSpeakToRegistries() {
    noClasses()
        .that()
        .resideInAnyPackage(API, RUNTIME, CONVERTER, GATEWAY, RESOLVE, BUILD)
        .and()
        .resideOutsideOfPackage(GATEWAY_SUBSCRIBERS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.net.http..")
        .check(classes);
  }

  @Test
  void shouldHaveNoCyclesBetweenPackagesOfAPart() {
    for (String part :
        new String[] {"runtime", "gateway", "ingest", "buildworker", "converter", "net"}) {
      slices().matching("io.oci2wasm." + part + ".(*)..").should().beFreeOfCycles().check(classes);
    }
    slices().matching("io.oci2wasm.gateway.state.(*)..").should().beFreeOfCycles().check(classes);
  }
}
