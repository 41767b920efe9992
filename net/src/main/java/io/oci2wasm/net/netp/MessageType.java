package io.oci2wasm.net.netp;

import java.util.Optional;

/** What a message says. */
public enum MessageType {
  HELLO(0),
  INCOMING(1),
  OPEN(2),
  OPENED(3),
  DATA(4),
  CREDIT(5),
  END(6),
  RESET(7),
  RESOLVE(8),
  ADDRESSES(9),
  EXIT(10),
  ASK(11),
  RECORDS(12);

  private static final MessageType[] BY_NUMBER = values();

  private final int number;

  MessageType(int number) {
    this.number = number;
  }

  /** Empty for a type of a later version. */
  static Optional<MessageType> of(int number) {
    return number < BY_NUMBER.length ? Optional.of(BY_NUMBER[number]) : Optional.empty();
  }

  int number() {
    return number;
  }

  /** The code of types that have no use for one is 0. */
  boolean hasCode() {
    return this == RESET || this == RESOLVE || this == ADDRESSES || this == RECORDS;
  }
}
