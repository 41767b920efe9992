package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Lists and removes the objects of a bucket: for retention, and for temporary objects. Everybody
 * else only adds. Every method throws {@link UnavailableException} when the store does not answer.
 */
public final class ObjectInventory {
  private static final int NOT_FOUND = 404;

  /** With these a store says that it knows no removal of many objects at once. */
  private static final int BAD_REQUEST = 400;

  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int NOT_IMPLEMENTED = 501;

  /** S3 takes no more. */
  private static final int MAX_AT_ONCE = 1000;

  private final StoreConnection connection;
  private final String bucket;
  private volatile boolean deletesMany = true;

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
        connection.<Object>ask(
            "removing",
            key,
            first -> first.delete(key),
            (client, spent) -> client.deleteObject(request -> request.bucket(bucket).key(key)));
  }

  /**
   * Removes many objects, as many at once as the store takes; those that are gone already are no
   * failure. Where it throws, some may be gone.
   */
  public void delete(List<String> keys) throws UnavailableException {
    for (int from = 0; from < keys.size(); from += MAX_AT_ONCE) {
      List<String> some = keys.subList(from, Math.min(from + MAX_AT_ONCE, keys.size()));
      if (!deletesMany || !deleteAtOnce(some)) {
        for (String key : some) {
          delete(key);
        }
      }
    }
  }

  /** Whether the store can do that. */
  private boolean deleteAtOnce(List<String> keys) throws UnavailableException {
    Object done =
        connection.ask(
            "removing " + keys.size() + " objects from",
            keys.get(0),
            client -> {
              try {
                return client.deleteObjects(
                    request ->
                        request
                            .bucket(bucket)
                            .delete(
                                objects ->
                                    objects
                                        .quiet(true)
                                        .objects(
                                            keys.stream()
                                                .map(ObjectInventory::objectNamed)
                                                .toList())));
              } catch (S3Exception e) {
                if (e.statusCode() == BAD_REQUEST
                    || e.statusCode() == METHOD_NOT_ALLOWED
                    || e.statusCode() == NOT_IMPLEMENTED) {
                  return null;
                }
                throw e;
              }
            });
    if (done == null) {
      deletesMany = false;
      return false;
    }
    for (S3Error error : ((DeleteObjectsResponse) done).errors()) {
      throw new StoreUnavailableException(
          "object store, removing " + error.key() + ": " + error.code() + " " + error.message(),
          null);
    }
    return true;
  }

  private static ObjectIdentifier objectNamed(String key) {
    return ObjectIdentifier.builder().key(key).build();
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
