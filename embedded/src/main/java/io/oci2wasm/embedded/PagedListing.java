package io.oci2wasm.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.SdkResponses;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.StorageClass;

/**
 * Objects as files, listed from where a page begins to where it ends. The library reads every file
 * below the prefix for every page of a thousand: a large catalog took it hours.
 */
final class PagedListing extends ForwardingBlobStore {
  private final Path root;

  /** {@code files} keeps each object of bucket B under the key K in {@code root}/B/K. */
  PagedListing(BlobStore files, Path root) {
    super(files);
    this.root = root;
  }

  @Override
  public ListObjectsV2Response list(ListObjectsV2Request request) {
    String prefix = request.prefix();
    boolean flat = request.delimiter() == null || request.delimiter().isEmpty();
    // The library keeps things of its own at the top of the bucket.
    if (!flat || prefix == null || !prefix.contains("/") || request.maxKeys() == null) {
      return super.list(request);
    }
    String token = request.continuationToken();
    String after = token == null ? request.startAfter() : token;
    Page page = new Page(prefix, after == null ? "" : after, request.maxKeys() + 1);
    try {
      String folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
      page.take(root.resolve(request.bucket()).resolve(folder), folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return response(request, page.keys);
  }

  private ListObjectsV2Response response(ListObjectsV2Request request, List<String> keys) {
    boolean more = request.maxKeys() > 0 && keys.size() > request.maxKeys();
    List<S3Object> objects = new ArrayList<>();
    for (String key : keys.subList(0, Math.min(keys.size(), request.maxKeys()))) {
      try {
        HeadObjectResponse head =
            blobMetadata(HeadObjectRequest.builder().bucket(request.bucket()).key(key).build());
        objects.add(
            SdkResponses.objectEntry(
                key,
                head.eTag(),
                head.lastModified(),
                head.contentLength(),
                head.storageClass() == null ? StorageClass.STANDARD : head.storageClass()));
      } catch (NoSuchKeyException e) {
        // Removed since the folder was read.
      }
    }
    return SdkResponses.objectsPage(
        objects, List.of(), more ? keys.get(request.maxKeys() - 1) : null);
  }

  /** Keys that begin with a prefix, from the first behind {@code after}, in their order. */
  private static final class Page {
    private final String prefix;
    private final String after;
    private final int limit;
    private final List<String> keys = new ArrayList<>();

    Page(String prefix, String after, int limit) {
      this.prefix = prefix;
      this.after = after;
      this.limit = limit;
    }

    void take(Path directory, String folder) throws IOException {
      for (Map.Entry<String, Path> child : children(directory, folder).entrySet()) {
        String key = child.getKey();
        if (keys.size() == limit) {
          return;
        }
        if (key.endsWith("/")) {
          take(child.getValue(), key);
        } else if (key.compareTo(after) > 0) {
          keys.add(key);
        }
      }
    }

    /** Directories end with a slash, which decides their place among files: a-b, a/b, a0. */
    private Map<String, Path> children(Path directory, String folder) throws IOException {
      Map<String, Path> children = new TreeMap<>();
      try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
        for (Path child : all) {
          String key = folder + child.getFileName();
          boolean past = key.compareTo(after) < 0 && !after.startsWith(key);
          if (!past && key.startsWith(prefix)) {
            children.put(Files.isDirectory(child) ? key + "/" : key, child);
          }
        }
      } catch (NoSuchFileException e) {
        // Nothing has been stored there, or it is gone.
      }
      return children;
    }
  }
}
