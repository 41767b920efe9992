package io.oci2wasm.cli.pipeline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.oci2wasm.gateway.identity.Callers;
import java.security.MessageDigest;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Secrets are compared in constant time: the first wrong byte must not show in the clock. */
class SecretRulesTest {
  private static final String AUTHENTICATION = "io.oci2wasm.gateway.webhook.auth..";

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static JavaClasses gateway;

  @BeforeAll
  static void read() {
    gateway =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.oci2wasm.gateway");
  }

  @Test
  void shouldCompareSecretsInConstantTime() {
    classes()
        .that()
        .haveFullyQualifiedName(Callers.class.getName())
        .should()
        .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
        .check(gateway);
  }

  @Test
  void shouldCompareNoSecretByteByByte() {
    noClasses()
        .that()
        .belongToAnyOf(Callers.class)
        .or()
        .resideInAPackage(AUTHENTICATION)
        .should()
        .callMethod(String.class, "equals", Object.class)
        .orShould()
        .callMethod(String.class, "equalsIgnoreCase", String.class)
        .orShould()
        .callMethod(String.class, "contentEquals", CharSequence.class)
        .orShould()
        .callMethod(String.class, "compareTo", String.class)
        .orShould()
        .callMethod(Arrays.class, "equals", byte[].class, byte[].class)
        .orShould()
        .callMethod(Arrays.class, "compare", byte[].class, byte[].class)
        .check(gateway);
  }
}
