package io.oci2wasm.cli;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.provenance.Statement;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Optional;

/** A module's provenance in the file beside it. */
record ProvenanceFile(Path file) {
  static final String SUFFIX = ".provenance.json";

  static ProvenanceFile beside(Path module) {
    return new ProvenanceFile(module.resolveSibling(module.getFileName() + SUFFIX));
  }

  /**
   * What a statement says of a module.
   *
   * @param subjectMatches whether it is about the very bytes that are there
   */
  record Check(String file, String builder, boolean subjectMatches) {}

  void write(Statement statement) throws IOException {
    FileTrouble.write(file, statement.toJson());
  }

  /**
   * Compares the statement with {@code module}; empty if there is none.
   *
   * @throws RejectedException if the file holds no statement
   */
  Optional<Check> check(Path module) throws RejectedException, IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Statement statement = read();
    return Optional.of(
        new Check(
            file.toString(),
            statement.predicate().runDetails().builder().id(),
            statement.isAbout(digest(module))));
  }

  private Statement read() throws RejectedException, IOException {
    byte[] json = Files.readAllBytes(file);
    try {
      return Statement.parse(json);
    } catch (IOException e) {
      throw new RejectedException(
          Reason.MANIFEST_INVALID,
          String.format(
              "reading %s: found no in-toto statement of ours (%s); convert again with"
                  + " --provenance, or remove it",
              file, e.getMessage()),
          e);
    }
  }

  private static Sha256Digest digest(Path module) throws IOException {
    MessageDigest sha256 = Sha256Digest.newMessageDigest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(module), sha256)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return Sha256Digest.from(sha256.digest());
  }
}
