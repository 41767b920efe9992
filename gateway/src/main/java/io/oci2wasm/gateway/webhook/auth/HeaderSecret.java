package io.oci2wasm.gateway.webhook.auth;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The secret in a header that the sender repeats as it was configured: alone, after {@code Bearer}
 * (RFC 6750, section 2.1) or as the password of {@code Basic} credentials (RFC 7617, section 2).
 */
public record HeaderSecret(String header, Secret secret) implements Authentication {
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +(\\S+) *");
  private static final Pattern BASIC = Pattern.compile("(?i:basic) +([A-Za-z0-9+/]+=*) *");

  @Override
  public boolean admits(WebhookRequest request) {
    String value = request.header(header);
    if (value == null) {
      return false;
    }
    Matcher bearer = BEARER.matcher(value);
    if (bearer.matches()) {
      return secret.is(bearer.group(1));
    }
    Matcher basic = BASIC.matcher(value);
    return basic.matches() ? secret.is(password(basic.group(1))) : secret.is(value.strip());
  }

  private static String password(String credentials) {
    try {
      String plain = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
      return plain.substring(plain.indexOf(':') + 1);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  @Override
  public String expected() {
    return "the configured secret as " + header + ": Bearer SECRET";
  }
}
