package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import run.endive.runtime.HostFunction;
import run.endive.runtime.Instance;
import run.endive.wasm.Parser;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.ValType;

class MailboxTest {
  /**
   * (type (func (param i32 i64) (result i32))) (type $unit (func (param i64 i32) (result i32)))
   *
   * <p>(memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref)
   *
   * <p>(global (export "translation_mailbox") i32 (i32.const 8)) (elem (i32.const 0) $add)
   *
   * <p>(func (export "call") (param i32 i64) (result i32) (call_indirect (type $unit) (local.get 1)
   * (i32.const 32) (local.get 0)))
   *
   * <p>(func $add (type $unit) (i32.add (i32.wrap_i64 (local.get 0)) (local.get 1)))
   */
  private static final byte[] ENGINE =
      HexFormat.of()
          .parseHex(
              "0061736d01000000010d0260027f7e017f60027e7f017f03030200010404017000010503"
                  + "0100010606017f0041080b074304195f5f696e6469726563745f66756e6374696f6e5f74"
                  + "61626c650100137472616e736c6174696f6e5f6d61696c626f780300066d656d6f727902"
                  + "000463616c6c00000907010041000b01010a16020b002001412020001101000b08002000"
                  + "a720016a0b");

  /**
   * (type $unit (func (param i64 i32) (result i32)))
   *
   * <p>(import "env" "memory" (memory 0)) (import "env" "table" (table 0 funcref))
   *
   * <p>(func (export "0") (type $unit) (i32.add (i32.load (local.get 1)) (i32.wrap_i64 (local.get
   * 0))))
   *
   * <p>(func (export "1") (type $unit) (call_indirect (type $unit) (i64.add (local.get 0)
   * (i64.const 1)) (local.get 1) (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32)))))
   */
  private static final byte[] UNITS =
      HexFormat.of()
          .parseHex(
              "0061736d0100000001070160027e7f017f021d0203656e76066d656d6f72790200000365"
                  + "6e76057461626c6501700000030302000007090201300000013100010a20020b00200128"
                  + "02002000a76a0b1200200042017c20012000422088a71100000b");

  private static final int FUNCTIONS = 2;
  private static final int MAILBOX = 8;
  private static final int OFFER = 1024;
  private static final int OTHERS = 52;

  private final Instance engine =
      Instance.builder(Parser.parse(ENGINE))
          .withMemoryFactory(limits -> new GuestMemory(limits, List.of()))
          .build();

  private final HostFunction yields =
      new Mailbox(
              new HostFunction(
                  "wasi_snapshot_preview1",
                  Mailbox.NAME,
                  FunctionType.of(List.of(), List.of(ValType.I32)),
                  (instance, arguments) -> new long[] {OTHERS}),
              Mailbox.Answers.INSTALLING)
          .function();

  @Test
  void shouldInstallFunctionsThatEngineAndUnitsCallAmongEachOther() {
    // Given
    engine.memory().writeI32(32, 40);

    // When
    int state = offer(UNITS, UNITS.length, FUNCTIONS);

    // Then
    assertThat(state).isEqualTo(Mailbox.INSTALLED);
    int first = engine.memory().readInt(MAILBOX + Mailbox.FIRST);
    assertThat(first).isEqualTo(1);
    assertThat(engine.exports().function("call").apply(first, 2)).containsExactly(42);
    assertThat(engine.exports().function("call").apply(first + 1, 7)).containsExactly(40);
    long secondCallsFirst = ((long) first << 32) + 1;
    assertThat(engine.exports().function("call").apply(first + 1, secondCallsFirst))
        .containsExactly(42);
  }

  @ParameterizedTest
  @CsvSource({
    "cut short, 0, 0, -1, 0",
    "no module, 61, 62, 0, 0",
    "does not validate, 6a, 7c, 0, 0",
    "lacks a function, 31, 32, 0, 0",
    "imports something else, 79, 78, 0, 0",
    "has more functions, 0, 0, 0, -1",
    "has fewer functions, 0, 0, 0, 1"
  })
  void shouldRefuseWhatItCannotInstallAndStayAsItWas(
      String what, String old, String changed, int bytes, int functions) {
    // Given
    byte[] units = UNITS.clone();
    int place = lastOf(units, Integer.parseInt(old, 16));
    if (!old.equals(changed)) {
      units[place] = (byte) Integer.parseInt(changed, 16);
    }

    // When
    int state = offer(units, units.length + bytes, FUNCTIONS + functions);

    // Then
    assertThat(state).as(what).isEqualTo(Mailbox.REFUSED);
    assertThat(engine.exports().table(Mailbox.TABLE).size()).isEqualTo(1);
    assertThat(engine.exports().function("call").apply(0, 7)).containsExactly(39);
  }

  @Test
  void shouldRefuseWhatLiesOutsideOfMemory() {
    assertThat(offer(UNITS, Integer.MAX_VALUE, FUNCTIONS)).isEqualTo(Mailbox.REFUSED);
    assertThat(offer(UNITS, -1, FUNCTIONS)).isEqualTo(Mailbox.REFUSED);
  }

  @Test
  void shouldYieldAsBeforeWhereNothingIsOffered() {
    // When
    long[] result = yields.handle().apply(engine);

    // Then
    assertThat(result).containsExactly(OTHERS);
    assertThat(engine.memory().readInt(MAILBOX + Mailbox.STATE)).isZero();
  }

  @Test
  void shouldKnowWhoHasAMailbox() {
    assertThat(Mailbox.isIn(engine.module())).isTrue();
    assertThat(Mailbox.isIn(Parser.parse(UNITS))).isFalse();
  }

  /** The state after that. */
  private int offer(byte[] units, int length, int functions) {
    engine.memory().write(OFFER, units);
    engine.memory().writeI32(MAILBOX + Mailbox.STATE, Mailbox.OFFERED);
    engine.memory().writeI32(MAILBOX + Mailbox.ADDRESS, OFFER);
    engine.memory().writeI32(MAILBOX + Mailbox.LENGTH, length);
    engine.memory().writeI32(MAILBOX + Mailbox.FUNCTIONS, functions);
    assertThat(yields.handle().apply(engine)).containsExactly(0);
    return engine.memory().readInt(MAILBOX + Mailbox.STATE);
  }

  private static int lastOf(byte[] bytes, int value) {
    int at = bytes.length - 1;
    while (bytes[at] != (byte) value) {
      at--;
    }
    return at;
  }
}
