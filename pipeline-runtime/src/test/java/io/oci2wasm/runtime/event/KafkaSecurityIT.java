package io.oci2wasm.runtime.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.embedded.EmbeddedKafka;
import io.oci2wasm.testsupport.TestCertificate;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A broker behind TLS that asks who is there; the password lies in a file and shows up nowhere
 * else.
 */
class KafkaSecurityIT {
  private static final String PASSWORD = "correct-horse-battery";
  private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path directory;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static KafkaRaftServer broker;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static String servers;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static TestCertificate certificate;

  @BeforeAll
  static void start() throws Exception {
    EmbeddedKafka.start(directory).close();
    Properties settings = new Properties();
    try (Reader in = Files.newBufferedReader(directory.resolve("server.properties"))) {
      settings.load(in);
    }
    settings.put("listener.security.protocol.map", "BROKER:SASL_SSL,CONTROLLER:PLAINTEXT");
    certificate = TestCertificate.create(directory, "broker", "ip:127.0.0.1,dns:localhost");
    String tls = "listener.name.broker.ssl.";
    settings.put(tls + "keystore.type", "PKCS12");
    settings.put(tls + "keystore.location", certificate.keyStore().toString());
    settings.put(tls + "keystore.password", TestCertificate.PASSWORD);
    settings.put(tls + "truststore.type", "PEM");
    settings.put(tls + "truststore.location", certificate.certificate().toString());
    settings.put("sasl.enabled.mechanisms", "PLAIN");
    settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
    settings.put(
        "listener.name.broker.plain.sasl.jaas.config",
        PLAIN
            + " required username=\"broker\" password=\"b\" user_broker=\"b\" user_oci2wasm=\""
            + PASSWORD
            + "\";");
    servers = settings.getProperty("listeners").split(",", -1)[0].substring("BROKER://".length());
    broker = new KafkaRaftServer(new kafka.server.KafkaConfig(settings), Time.SYSTEM);
    broker.startup();
  }

  @AfterAll
  static void stop() {
    broker.shutdown();
    broker.awaitShutdown();
  }

  @Test
  void shouldTakeThePasswordFromItsFileAndLogItNowhere() throws Exception {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger kafka = (Logger) LoggerFactory.getLogger("org.apache.kafka");
    Level before = kafka.getLevel();
    kafka.setLevel(Level.INFO); // clients log their whole configuration then
    log.start();
    root.addAppender(log);
    KafkaConfig config = config(PASSWORD);
    try (EventProducer producer = EventProducer.open(config, "test", Clock.systemUTC());
        KafkaHealth health = KafkaHealth.open(config)) {
      TopicAdmin.prepare(config);
      health.checkWritable(Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH));

      producer.publish(
          List.of(
              new ImagePushed(
                  RequestIds.of("test", "127.0.0.1:5000", "1"),
                  Lane.PUSH,
                  "test",
                  ImageReference.parse("127.0.0.1:5000/team/app:1"),
                  null,
                  Instant.now())));
    } finally {
      root.detachAppender(log);
      kafka.setLevel(before);
    }

    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.contains("sasl.jaas.config"))
        .noneMatch(line -> line.contains(PASSWORD));
    assertThat(config.toString()).doesNotContain(PASSWORD);
  }

  @Test
  void shouldSayThatThePasswordIsWrongWithoutSayingIt() throws Exception {
    KafkaConfig config = config("wrong-password");

    assertThatThrownBy(() -> TopicAdmin.prepare(config))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("Kafka, asking for its features")
        .hasMessageContaining("Authentication failed")
        .hasMessageNotContaining("wrong-password");
  }

  @Test
  void shouldNotGiveThePasswordToABrokerWhoseCertificateIsNotTrusted() throws Exception {
    Path other = TestCertificate.create(directory, "other", "dns:localhost").certificate();
    KafkaConfig config = config(PASSWORD, other);

    assertThatThrownBy(() -> TopicAdmin.prepare(config))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("Kafka, asking for its features")
        .hasMessageContaining("SSL handshake failed");
  }

  private static KafkaConfig config(String password) throws Exception {
    return config(password, certificate.certificate());
  }

  private static KafkaConfig config(String password, Path trusted) throws Exception {
    Path file = Files.writeString(directory.resolve(password), password + "\n");
    return new KafkaConfig(
        servers,
        1,
        (short) 1,
        Duration.ofSeconds(30),
        5,
        Map.of(
            "security.protocol",
            "SASL_SSL",
            "ssl.truststore.type",
            "PEM",
            "ssl.truststore.location",
            trusted.toString(),
            "sasl.mechanism",
            "PLAIN",
            "sasl.jaas.config",
            PLAIN + " required username=\"oci2wasm\" password=\"${secret:" + file + "}\";"));
  }
}
