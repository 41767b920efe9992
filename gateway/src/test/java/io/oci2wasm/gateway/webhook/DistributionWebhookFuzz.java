package io.oci2wasm.gateway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Clock;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A body of any bytes is read, or refused as unreadable: nothing else comes out. */
class DistributionWebhookFuzz {
  private final DistributionWebhook webhook = new DistributionWebhook(Clock.systemUTC());

  static Stream<byte[]> bodies() {
    String push =
        "{'events':[{'id':'1','timestamp':'2026-11-24T06:40:23Z','action':'push','target':{"
            + "'mediaType':'application/vnd.oci.image.manifest.v1+json','repository':'a/b','tag':'1'"
            + (",'digest':'sha256:"
                + "0".repeat(64)
                + "','url':'http://r.example/v2/a/manifests/1'")
            + "},'request':{'host':'r.example:5000'}}]}";
    return Stream.of(push, push.replace("'push'", "'delete'"), "{'events':[null,1,{}]}", "[]", "")
        .map(text -> text.replace('\'', '"').getBytes(UTF_8));
  }

  @MethodSource("bodies")
  @FuzzTest
  void shouldReadOrRefuse(byte[] body) {
    try {
      String unused = String.valueOf(webhook.read(body));
    } catch (UnreadableWebhookException refused) {
      String unused = refused.getMessage();
    }
  }
}
