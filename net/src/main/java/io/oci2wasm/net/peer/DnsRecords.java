package io.oci2wasm.net.peer;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Records as they stand in the answer section of a DNS message with one question (RFC 1035). */
public final class DnsRecords {
  private final int rcode;
  private final int count;
  private final byte[] bytes;

  DnsRecords(int rcode, int count, byte[] bytes) {
    this.rcode = rcode;
    this.count = count;
    this.bytes = bytes.clone();
  }

  /** No records, for this reason. */
  static DnsRecords none(int rcode) {
    return new DnsRecords(rcode, 0, new byte[0]);
  }

  /** DNS's code: 0 found, 3 no such name. */
  int rcode() {
    return rcode;
  }

  int count() {
    return count;
  }

  ByteBuffer bytes() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DnsRecords records
        && rcode == records.rcode
        && count == records.count
        && Arrays.equals(bytes, records.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return count + " records of " + bytes.length + " bytes, code " + rcode;
  }
}
