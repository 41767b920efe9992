package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Questions to name servers (RFC 1035), and what they say. */
final class DnsMessages {
  private static final int HEADER_BYTES = 12;
  private static final int CLASS_IN = 1;
  private static final int FLAG_RECURSION_WANTED = 0x0100;
  private static final int FLAG_RESPONSE = 0x8000;
  private static final int FLAG_CUT = 0x0200;
  private static final int RCODE_MASK = 15;
  private static final int NO_SUCH_NAME = 3;
  private static final int POINTER = 0xc0;
  private static final int LONGEST_LABEL = 63;

  /** What FORMATS.md allows in RECORDS. */
  private static final int MOST_BYTES = 4096;

  /**
   * NS, CNAME, SOA, PTR, MX, TXT, SRV, NAPTR, DNAME, DS, SSHFP, DNSKEY, TLSA, URI, CAA. None of
   * them holds an address.
   */
  private static final Set<Integer> TYPES =
      Set.of(2, 5, 6, 12, 15, 16, 33, 35, 39, 43, 44, 48, 52, 256, 257);

  private static final Set<Integer> ALIASES = Set.of(5, 39);

  private DnsMessages() {}

  /** Is this a type of record that name servers are asked for? */
  static boolean isAsked(int type) {
    return TYPES.contains(type);
  }

  /** A question, as a datagram. */
  static byte[] question(int id, String name, int type) {
    ByteBuffer message = ByteBuffer.allocate(HEADER_BYTES + name.length() + 2 + 4);
    message.putShort((short) id).putShort((short) FLAG_RECURSION_WANTED).putShort((short) 1);
    message.position(HEADER_BYTES);
    for (String label : name.split("\\.", -1)) {
      message.put((byte) label.length()).put(label.getBytes(ISO_8859_1));
    }
    return message.put((byte) 0).putShort((short) type).putShort((short) CLASS_IN).array();
  }

  /** Does {@code message} answer {@code question}? */
  static boolean answers(byte[] question, ByteBuffer message) {
    return message.remaining() >= question.length
        && message.get(0) == question[0]
        && message.get(1) == question[1]
        && (message.getShort(2) & FLAG_RESPONSE) != 0
        && message.getShort(4) == 1
        && textOf(ByteBuffer.wrap(question)).equals(textOf(message.slice(0, question.length)));
  }

  private static String textOf(ByteBuffer message) {
    return ISO_8859_1.decode(message.position(HEADER_BYTES)).toString().toLowerCase(Locale.ROOT);
  }

  /**
   * The records of an answer to {@code question}; empty if they are to be had by TCP alone.
   *
   * @throws IOException if it holds what was not asked for, or is malformed
   */
  static Optional<DnsRecords> read(byte[] question, ByteBuffer answer) throws IOException {
    if ((answer.getShort(2) & FLAG_CUT) != 0) {
      return Optional.empty();
    }
    int rcode = answer.getShort(2) & RCODE_MASK;
    if (rcode == NO_SUCH_NAME) {
      return Optional.of(DnsRecords.none(rcode));
    }
    if (rcode != 0) {
      throw new IOException("the name server has failed with code " + rcode);
    }
    int count = answer.getShort(6) & 0xffff;
    int type = ByteBuffer.wrap(question).getShort(question.length - 4) & 0xffff;
    ByteBuffer at = answer.duplicate().position(question.length);
    try {
      for (int i = 0; i < count; i++) {
        skipRecord(at, type);
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("found a record that is cut", e);
    }
    byte[] bytes = new byte[at.position() - question.length];
    if (bytes.length > MOST_BYTES) {
      throw new IOException(
          "found " + bytes.length + " bytes of records, expected at most " + MOST_BYTES);
    }
    answer.get(question.length, bytes);
    return Optional.of(new DnsRecords(0, count, bytes));
  }

  private static void skipRecord(ByteBuffer at, int type) throws IOException {
    skipName(at);
    int found = at.getShort() & 0xffff;
    int kind = at.getShort();
    if (kind != CLASS_IN || (found != type && !ALIASES.contains(found))) {
      throw new IOException("found a record of type " + found + ", expected " + type);
    }
    at.getInt(); // how long it holds
    int length = at.getShort() & 0xffff;
    at.position(at.position() + length);
  }

  private static void skipName(ByteBuffer at) throws IOException {
    for (int length = at.get() & 0xff; length != 0; length = at.get() & 0xff) {
      if (length >= POINTER) {
        at.get();
        return;
      }
      if (length > LONGEST_LABEL) {
        throw new IOException("found a name with a label that is none");
      }
      at.position(at.position() + length);
    }
  }
}
