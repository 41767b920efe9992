package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.rules.IpAddress;
import io.oci2wasm.net.rules.NetworkRules;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Names that the guest asks for, a few at once. The guest is told what the rules let it reach. */
final class NameQueries {
  private static final int THREADS = 4;
  private static final int IPV4 = 4;
  private static final int IPV6 = 6;

  /** DNS's codes (RFC 1035, 4.1.1). */
  private static final int NO_ERROR = 0;

  private static final int SERVER_FAILURE = 2;
  private static final int NO_SUCH_NAME = 3;

  /** More than a datagram of DNS could hold. */
  private static final int MOST_ADDRESSES = 64;

  private final EngineSide engine;
  private final NetworkRules rules;
  private final Resolver resolver;
  private final int most;
  private final Consumer<Runnable> later;
  private final ExecutorService pool =
      Executors.newFixedThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "net resolver");
            thread.setDaemon(true);
            return thread;
          });
  private int underWay;

  /**
   * Queries by {@code resolver}.
   *
   * @param later runs its argument in the peer's thread, the only one that uses the rules
   */
  NameQueries(
      EngineSide engine,
      NetworkRules rules,
      Resolver resolver,
      int most,
      Consumer<Runnable> later) {
    this.engine = engine;
    this.rules = rules;
    this.resolver = resolver;
    this.most = most;
    this.later = later;
  }

  void ask(Message message) throws BrokenRuleException {
    int id = message.stream();
    int family = message.code();
    if (id >= 0 || (family != IPV4 && family != IPV6)) {
      throw new BrokenRuleException(
          "found RESOLVE of stream " + Integer.toUnsignedString(id) + " and family " + family);
    }
    String name = ISO_8859_1.decode(message.payload()).toString();
    List<IpAddress> pinned = rules.pinned(name);
    if (!pinned.isEmpty()) {
      answer(id, NO_ERROR, family, pinned);
    } else if (!rules.mayResolve(name)) {
      answer(id, NO_SUCH_NAME, family, List.of());
    } else if (underWay >= most) {
      answer(id, SERVER_FAILURE, family, List.of());
    } else {
      underWay++;
      pool.execute(() -> resolve(id, family, name));
    }
  }

  private void resolve(int id, int family, String name) {
    try {
      List<IpAddress> answers = resolver.resolve(name);
      later.accept(
          () -> {
            underWay--;
            answer(id, NO_ERROR, family, rules.give(name, answers, System.nanoTime()));
          });
    } catch (IOException e) {
      int rcode = e instanceof UnknownHostException ? NO_SUCH_NAME : SERVER_FAILURE;
      later.accept(
          () -> {
            underWay--;
            answer(id, rcode, family, List.of());
          });
    }
  }

  boolean hasRecords() {
    return resolver.records().isPresent();
  }

  /** Records that are no addresses. */
  void askForRecords(Message message) throws BrokenRuleException {
    int id = message.stream();
    ByteBuffer payload = message.payload();
    RecordSource source =
        resolver
            .records()
            .orElseThrow(() -> new BrokenRuleException("found ASK, which HELLO did not offer"));
    if (id >= 0 || payload.remaining() <= Short.BYTES) {
      throw new BrokenRuleException(
          "found ASK of stream "
              + Integer.toUnsignedString(id)
              + " with "
              + payload.remaining()
              + " bytes");
    }
    int type = payload.getShort() & 0xffff;
    String name = ISO_8859_1.decode(payload).toString();
    if (!rules.pinned(name).isEmpty() || !DnsMessages.isAsked(type)) {
      answer(id, DnsRecords.none(NO_ERROR));
    } else if (!rules.mayResolve(name)) {
      answer(id, DnsRecords.none(NO_SUCH_NAME));
    } else if (underWay >= most) {
      answer(id, DnsRecords.none(SERVER_FAILURE));
    } else {
      underWay++;
      pool.execute(() -> find(id, source, name, type));
    }
  }

  private void find(int id, RecordSource source, String name, int type) {
    DnsRecords found;
    try {
      found = source.ask(name, type);
    } catch (IOException e) {
      found = DnsRecords.none(SERVER_FAILURE);
    }
    DnsRecords records = found;
    later.accept(
        () -> {
          underWay--;
          answer(id, records);
        });
  }

  private void answer(int id, DnsRecords records) {
    ByteBuffer bytes = records.bytes();
    ByteBuffer payload =
        Message.littleEndian(Short.BYTES + bytes.remaining())
            .putShort((short) records.count())
            .put(bytes);
    engine.send(Message.encode(id, MessageType.RECORDS, records.rcode(), payload.flip()));
  }

  private void answer(int id, int rcode, int family, List<IpAddress> addresses) {
    ByteBuffer payload = ByteBuffer.allocate(16 * MOST_ADDRESSES);
    addresses.stream()
        .filter(address -> address.isV4() == (family == IPV4))
        .limit(MOST_ADDRESSES)
        .forEach(address -> payload.put(address.bytes()));
    engine.send(Message.encode(id, MessageType.ADDRESSES, rcode, payload.flip()));
  }

  void close() {
    pool.shutdownNow();
  }
}
