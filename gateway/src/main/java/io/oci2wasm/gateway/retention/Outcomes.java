package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ConversionState;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Which manifests of which images have a bundle. One bundle of a manifest serves every image of the
 * repository that leads to it, whichever request it was made for: an older one that it supersedes
 * is missed by nobody.
 */
final class Outcomes implements AutoCloseable {
  private final SortedLines byManifest;

  Outcomes(Path directory) {
    this.byManifest = new SortedLines(directory);
  }

  @SuppressWarnings("EnumOrdinal") // the best sorts first; no run reads another's lines
  void add(RequestFact request) throws IOException {
    if (request.digest() == null) {
      return;
    }
    for (RequestFact.Outcome outcome : request.outcomes()) {
      if (outcome.manifest() != null && outcome.state() != ConversionState.SKIPPED) {
        byManifest.add(
            Fields.line(
                request.place(),
                outcome.manifest().toString(),
                Integer.toString(outcome.bundle().ordinal()),
                request.digest().toString()));
      }
    }
  }

  /** Takes what is known, some of it more than once. */
  interface Visitor {
    void outcome(String place, String image, String manifest, RequestFact.Bundle bundle)
        throws IOException;
  }

  /** Shows all, by repository and manifest. Nothing is added after that. */
  @SuppressWarnings("EnumOrdinal")
  void visit(Visitor visitor) throws IOException {
    SortedLines.Cursor cursor = byManifest.read();
    String place = "";
    String manifest = "";
    RequestFact.Bundle best = RequestFact.Bundle.MISSED;
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      String[] fields = Fields.of(line);
      if (!place.equals(fields[0]) || !manifest.equals(fields[1])) {
        place = fields[0];
        manifest = fields[1];
        best = RequestFact.Bundle.values()[Integer.parseInt(fields[2])];
      }
      visitor.outcome(place, fields[3], manifest, best);
    }
  }

  @Override
  public void close() throws IOException {
    byManifest.close();
  }
}
