package io.oci2wasm.net.peer;

import java.io.IOException;

/** Finds records of names that are no addresses. May wait long. */
@FunctionalInterface
public interface RecordSource {
  /**
   * The records of {@code name} of one type that {@link DnsMessages#isAsked}.
   *
   * @throws IOException if they could not be found out, or are not what was asked for
   */
  DnsRecords ask(String name, int type) throws IOException;
}
