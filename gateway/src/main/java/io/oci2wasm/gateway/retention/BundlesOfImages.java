package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ConversionState;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The manifests of images that have a bundle. One that supersedes an older one serves in its place,
 * whichever request of the repository it was made for.
 */
final class BundlesOfImages implements AutoCloseable {
  private final SortedLines byManifest;

  BundlesOfImages(Path directory) {
    this.byManifest = new SortedLines(directory);
  }

  @SuppressWarnings("EnumOrdinal") // the best sorts first; no run reads another's lines
  void add(RequestFact request) throws IOException {
    if (request.digest() == null) {
      return;
    }
    for (RequestFact.ConversionFact conversion : request.conversions()) {
      if (conversion.manifest() != null && conversion.state() != ConversionState.SKIPPED) {
        byManifest.add(
            Fields.line(
                request.place(),
                conversion.manifest().toString(),
                Integer.toString(conversion.bundle().ordinal()),
                request.digest().toString()));
      }
    }
  }

  /** Takes what is known, some of it more than once. */
  interface Visitor {
    void bundle(String place, String image, String manifest, RequestFact.Bundle bundle)
        throws IOException;
  }

  /** Shows all, by repository and manifest. Nothing is added after that. */
  @SuppressWarnings("EnumOrdinal")
  void visit(Visitor visitor) throws IOException {
    SortedLines.Cursor cursor = byManifest.read();
    String place = "";
    String manifest = "";
    RequestFact.Bundle best = RequestFact.Bundle.MISSED;
    RequestFact.Bundle[] kinds = RequestFact.Bundle.values();
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      String[] fields = Fields.of(line);
      RequestFact.Bundle own = kinds[Integer.parseInt(fields[2])];
      if (!place.equals(fields[0]) || !manifest.equals(fields[1])) {
        place = fields[0];
        manifest = fields[1];
        best = own;
      }
      boolean replaced = own == RequestFact.Bundle.REPLACED;
      boolean there = best == RequestFact.Bundle.THERE;
      visitor.bundle(
          place,
          fields[3],
          manifest,
          !replaced ? own : there ? RequestFact.Bundle.THERE : RequestFact.Bundle.TAKEN);
    }
  }

  @Override
  public void close() throws IOException {
    byManifest.close();
  }
}
