package io.oci2wasm.gateway.http;

import io.javalin.http.HttpStatus;

/** Ends a request with a problem. */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  ProblemException(HttpStatus status, String detail) {
    super(detail);
    this.problem = Problem.of(status, detail);
  }

  Problem problem() {
    return problem;
  }
}
