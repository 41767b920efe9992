package io.oci2wasm.embedded;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * One Kafka node, broker and controller, on loopback ports that change with each start. What it
 * keeps lies in its directory and survives a restart.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private final KafkaRaftServer server;
  private final String bootstrapServers;

  private EmbeddedKafka(KafkaRaftServer server, String bootstrapServers) {
    this.server = server;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts the node.
   *
   * @param directory where it keeps its data; created if missing
   */
  public static EmbeddedKafka start(Path directory) throws IOException {
    return start(directory, FreePort.find());
  }

  /** The same on a port of the caller's choice, so that clients find it again after a restart. */
  public static EmbeddedKafka start(Path directory, int port) throws IOException {
    Path home = Files.createDirectories(directory.toAbsolutePath());
    Map<String, String> settings = settings(home, port, FreePort.find(port));
    Path file = home.resolve("server.properties");
    Files.writeString(
        file,
        settings.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
            .collect(Collectors.joining()));
    format(clusterId(home), file);
    Properties properties = new Properties();
    properties.putAll(settings);
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
    server.startup();
    return new EmbeddedKafka(server, "127.0.0.1:" + port);
  }

  private static Map<String, String> settings(Path home, int port, int controllerPort) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    settings.put(
        "listeners", "BROKER://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    settings.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.put("inter.broker.listener.name", "BROKER");
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put("log.dirs", home.resolve("log").toString());
    settings.put("auto.create.topics.enable", "false");
    // One node: no copies, and few partitions of what Kafka keeps for itself.
    for (String topic :
        new String[] {"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"}) {
      settings.put(topic + ".replication.factor", "1");
      settings.put(topic + ".num.partitions", "2");
    }
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
    settings.put("group.initial.rebalance.delay.ms", "0");
    settings.put("group.share.min.record.lock.duration.ms", "1000");
    // A new consumer is given its partitions at its second heartbeat: not after the default 5 s.
    settings.put("group.share.min.heartbeat.interval.ms", "500");
    settings.put("group.share.heartbeat.interval.ms", "500");
    // A killed consumer keeps its share of the partitions until its session ends: not for the
    // default 45 s.
    settings.put("group.share.min.session.timeout.ms", "6000");
    settings.put("group.share.session.timeout.ms", "6000");
    // So many events may pass one that is at work: brokers allow 4000 by default.
    settings.put("group.share.max.partition.max.record.locks", "10000");
    // The default takes 128 MB of heap for compacting topics that are tiny here.
    settings.put("log.cleaner.dedupe.buffer.size", "2097152");
    // After a hard kill the next start waits for the old session to end.
    settings.put("broker.session.timeout.ms", "2000");
    settings.put("broker.heartbeat.interval.ms", "500");
    return settings;
  }

  /** A data directory belongs to one cluster for ever. */
  private static String clusterId(Path home) throws IOException {
    Path file = home.resolve("cluster.id");
    if (!Files.exists(file)) {
      Files.writeString(file, Uuid.randomUuid().toString());
    }
    return Files.readString(file).strip();
  }

  private static void format(String clusterId, Path settings) throws IOException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      int code =
          StorageTool.execute(
              new String[] {
                "format", "-t", clusterId, "-c", settings.toString(), "--ignore-formatted"
              },
              out);
      if (code != 0) {
        throw new IOException(
            "embedded Kafka: cannot prepare its storage: "
                + said.toString(StandardCharsets.UTF_8).strip());
      }
    }
  }

  public String bootstrapServers() {
    return bootstrapServers;
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
