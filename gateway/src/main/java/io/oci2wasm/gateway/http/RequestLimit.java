package io.oci2wasm.gateway.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Leaves threads for health checks: all other requests hold at most {@link #AT_ONCE}, whatever they
 * wait for.
 */
final class RequestLimit extends Handler.Wrapper {
  /** With those of {@link Bodies} fewer than the server's {@link #THREADS}. */
  private static final int AT_ONCE = 256;

  static final int THREADS = 448;

  private final Overload inside = new Overload(AT_ONCE, "requests");

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (Request.getPathInContext(request).startsWith("/health/")) {
      return super.handle(request, response, callback);
    }
    if (!inside.begin()) {
      refuse(response, callback);
      return true;
    }
    try {
      return super.handle(request, response, callback);
    } finally {
      inside.end();
    }
  }

  private void refuse(Response response, Callback callback) {
    byte[] body = Problem.json(inside.refusal().problem());
    response.setStatus(HttpStatus.SERVICE_UNAVAILABLE_503);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
    response.getHeaders().put(HttpHeader.RETRY_AFTER, Overload.RETRY_AFTER_SECONDS);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
