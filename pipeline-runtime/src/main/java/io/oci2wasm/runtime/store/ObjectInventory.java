package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * What a bucket holds and how old it is, and how it is removed: for retention, and for what is only
 * there for a while. Everybody else only adds. Every method throws {@link UnavailableException}
 * when the store does not answer.
 */
public final class ObjectInventory {
  private static final int NOT_FOUND = 404;

  private final StoreConnection connection;
  private final String bucket;

  ObjectInventory(StoreConnection connection, String bucket) {
    this.connection = connection;
    this.bucket = bucket;
  }

  /** Shows every object whose key begins with {@code prefix}, in the order of the keys. */
  public void visit(String prefix, Consumer<StoredObject> visitor) throws UnavailableException {
    Object unused =
        connection.ask(
            "listing",
            prefix,
            client -> {
              client
                  .listObjectsV2Paginator(request -> request.bucket(bucket).prefix(prefix))
                  .contents()
                  .forEach(
                      object ->
                          visitor.accept(
                              new StoredObject(
                                  object.key(), object.size(), object.lastModified())));
              return null;
            });
  }

  /** The object under {@code key} as it is now, if there is one. */
  public Optional<StoredObject> find(String key) throws UnavailableException {
    return Optional.ofNullable(connection.ask("looking for", key, client -> head(client, key)));
  }

  private @Nullable StoredObject head(S3Client client, String key) {
    try {
      HeadObjectResponse found = client.headObject(request -> request.bucket(bucket).key(key));
      return new StoredObject(key, found.contentLength(), found.lastModified());
    } catch (S3Exception e) {
      if (e.statusCode() == NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  /** Removes an object; one that is gone already is no failure. */
  public void delete(String key) throws UnavailableException {
    Object unused =
        connection.ask(
            "removing",
            key,
            client -> client.deleteObject(request -> request.bucket(bucket).key(key)));
  }

  /** Shows every multipart upload that was begun and has not ended. */
  public void visitUploads(Consumer<StartedUpload> visitor) throws UnavailableException {
    Object unused =
        connection.ask(
            "listing uploads of",
            bucket,
            client -> {
              uploads(client)
                  .forEach(
                      one ->
                          visitor.accept(
                              new StartedUpload(one.key(), one.uploadId(), one.initiated())));
              return null;
            });
  }

  private List<MultipartUpload> uploads(S3Client client) {
    return client.listMultipartUploadsPaginator(request -> request.bucket(bucket)).stream()
        .map(ListMultipartUploadsResponse::uploads)
        .flatMap(List::stream)
        .toList();
  }

  /** Gives up an upload and removes its parts; one that has ended meanwhile is no failure. */
  public void abort(StartedUpload upload) throws UnavailableException {
    Object unused =
        connection.ask(
            "giving up an upload of",
            upload.key(),
            client -> {
              try {
                return client.abortMultipartUpload(
                    request -> request.bucket(bucket).key(upload.key()).uploadId(upload.id()));
              } catch (NoSuchUploadException e) {
                return null;
              }
            });
  }
}
