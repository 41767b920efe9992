package io.oci2wasm.gateway.subscriber;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AnswerTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new ConnectException(), "nobody listens there"),
        Arguments.of(
            new ConnectException().initCause(new UnresolvedAddressException()),
            "no address of that name"),
        Arguments.of(new HttpConnectTimeoutException("x"), "no connection in time"),
        Arguments.of(new HttpTimeoutException("x"), "no answer in time"),
        Arguments.of(new SSLHandshakeException("PKIX"), "no trusted connection (PKIX)"),
        Arguments.of(new IOException("x"), "no whole answer"));
  }

  /** Names of Java's classes say nothing to who reads the Subscribers page. */
  @ParameterizedTest
  @MethodSource("failures")
  void shouldSayInWordsWhyThereIsNoAnswer(Throwable failure, String words) {
    Answer answer = Answer.none(failure);

    assertThat(answer.what()).isEqualTo(words);
    assertThat(answer.verdict()).isEqualTo(Answer.Verdict.RETRY);
  }
}
