package io.oci2wasm.gateway.state.audit;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.gateway.state.database.PageToken;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One call of the API that changed something, or was to.
 *
 * @param id a UUID
 * @param caller the caller's name
 * @param role the caller's role at that time
 * @param address where the call came from; behind a proxy, the proxy's
 * @param call method and path
 * @param body the first {@value #MAX_BODY} characters of what was sent; null if nothing was
 * @param status of the answer (RFC 9110, section 15)
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AuditEntry(
    String id,
    Instant at,
    String caller,
    String role,
    String address,
    String call,
    @Nullable String body,
    int status) {
  static final int MAX_BODY = 1000;

  /** An entry; what is too long is cut. */
  public AuditEntry {
    if (body != null && body.length() > MAX_BODY) {
      body = body.substring(0, MAX_BODY);
    }
  }

  /** Where the page that ends with this entry ends. */
  @JsonIgnore
  PageToken token() {
    return new PageToken(at, id);
  }
}
