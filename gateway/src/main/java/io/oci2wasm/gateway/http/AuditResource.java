package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.Role;
import io.oci2wasm.gateway.state.audit.AuditEntry;
import io.oci2wasm.gateway.state.audit.AuditLog;
import io.oci2wasm.runtime.LogKeys;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /api/v1/audit}: who changed what; and the noting of it. */
final class AuditResource {
  private static final Logger LOGGER = LoggerFactory.getLogger(AuditResource.class);
  private static final String PATH = "/api/v1/audit";

  private final AuditLog log;
  private final Clock clock;

  AuditResource(AuditLog log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  void routes(RoutesConfig routes) {
    routes.get(PATH, this::list, Role.ADMIN);
    routes.afterMatched("/api/*", this::note);
  }

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () -> log.list(Queries.limit(context.queryParam("limit")), context.queryParam("page")));
  }

  /** Calls of strangers are not noted: they changed nothing, and could fill the log. */
  private void note(Context context) {
    Caller caller = Access.of(context);
    if (caller == null || BrowserGuard.isReading(context)) {
      return;
    }
    AuditEntry entry =
        new AuditEntry(
            UUID.randomUUID().toString(),
            clock.instant(),
            caller.name(),
            caller.role().toString(),
            context.ip(),
            context.method() + " " + context.path() + query(context),
            text(Bodies.of(context)),
            context.statusCode());
    LOGGER
        .atInfo()
        .addKeyValue("caller", entry.caller())
        .addKeyValue("role", entry.role())
        .addKeyValue("address", entry.address())
        .addKeyValue("call", entry.call())
        .addKeyValue("body", entry.body())
        .addKeyValue("status", entry.status())
        .log("Audit");
    try {
      log.add(entry);
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue("entry", entry.id())
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("A call is in this log only, not in the database's");
    }
  }

  private static String query(Context context) {
    String query = context.queryString();
    return query == null ? "" : "?" + query;
  }

  /** Without white space that could push the rest out of sight. */
  private static @Nullable String text(byte @Nullable [] body) {
    if (body == null) {
      return null;
    }
    String text = new String(body, StandardCharsets.UTF_8);
    try {
      text = Json.MAPPER.readTree(text).toString();
    } catch (JsonProcessingException e) {
      text = text.strip();
    }
    // PostgreSQL takes no text with it.
    return text.replace('\0', ' ');
  }
}
