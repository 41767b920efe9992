package io.oci2wasm.runtime.store;

import java.net.URI;
import java.net.URL;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** The S3 client, and what makes first tries over the same connections. Thread-safe. */
final class StoreClient implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 64;
  private static final int MULTIPLE_CHOICES = 300;
  private static final int SERVER_ERROR = 500;

  private final SdkHttpClient http;
  private final S3Client s3;
  private final @Nullable FirstTry first;

  private StoreClient(StoreConfig config, AwsCredentialsProvider credentials) {
    this.http =
        Apache5HttpClient.builder()
            .maxConnections(MAX_CONNECTIONS)
            .connectionTimeout(config.connectTimeout())
            .connectionAcquisitionTimeout(config.attemptTimeout())
            .socketTimeout(config.attemptTimeout())
            .build();
    this.s3 = s3(config, credentials, http);
    URI bucket = address(s3, config);
    this.first =
        bucket == null
            ? null
            : new FirstTry(http, bucket, config.region(), credentials, config.times());
  }

  /** Opens the connections' pool; nothing is asked of the store yet. */
  static StoreClient open(StoreConfig config, AwsCredentialsProvider credentials) {
    return new StoreClient(config, credentials);
  }

  private static S3Client s3(
      StoreConfig config, AwsCredentialsProvider credentials, SdkHttpClient http) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(Region.of(config.region()))
            .forcePathStyle(config.pathStyle())
            // Servers other than AWS's know no trailing checksums; ours are the SHA-256 digests.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .credentialsProvider(credentials)
            .overrideConfiguration(
                every ->
                    every
                        .apiCallAttemptTimeout(config.attemptTimeout())
                        .apiCallTimeout(config.callTimeout()))
            .httpClient(http);
    if (config.endpoint() != null) {
      builder.endpointOverride(config.endpoint());
    }
    return builder.build();
  }

  /** Where the S3 client finds the bucket, whatever told it so; null if it cannot say. */
  private static @Nullable URI address(S3Client s3, StoreConfig config) {
    try {
      URL object = s3.utilities().getUrl(one -> one.bucket(config.bucket()).key("x"));
      String text = object.toString();
      return URI.create(text.substring(0, text.length() - 1));
    } catch (SdkException | IllegalArgumentException e) {
      return null;
    }
  }

  S3Client s3() {
    return s3;
  }

  /** What came of a first try: nothing where none is made. */
  <T> FirstTry.Tried<T> first(FirstTry.Call<T> call) {
    return first == null ? FirstTry.Tried.open(0) : call.make(first);
  }

  /** The S3 client was understood where a first try had an answer of this {@code status}. */
  void understood(int status) {
    if (first != null && status >= MULTIPLE_CHOICES && status < SERVER_ERROR) {
      first.rest();
    }
  }

  @Override
  public void close() {
    if (first != null) {
      first.close();
    }
    s3.close();
    http.close();
  }
}
