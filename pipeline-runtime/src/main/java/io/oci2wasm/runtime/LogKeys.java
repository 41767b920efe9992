package io.oci2wasm.runtime;

/**
 * Keys of structured log entries: every part uses the same name for the same thing. {@link
 * #REQUEST_ID} and {@link #CONVERSION_ID} are in the MDC while an event is in progress, the others
 * in single entries.
 */
public final class LogKeys {
  public static final String EVENT_ID = "eventId";
  public static final String REQUEST_ID = "requestId";
  public static final String CONVERSION_ID = "conversionId";
  public static final String BATCH_ID = "batchId";
  public static final String IMAGE_REF = "imageRef";
  public static final String DIGEST = "digest";
  public static final String STAGE = "stage";
  public static final String LANE = "lane";
  public static final String TOPIC = "topic";
  public static final String PARTITION = "partition";
  public static final String OFFSET = "offset";
  public static final String ATTEMPT = "attempt";
  public static final String OUTCOME = "outcome";
  public static final String REASON = "reason";
  public static final String OBJECT_KEY = "objectKey";
  public static final String SIZE_BYTES = "sizeBytes";
  public static final String DURATION_MS = "durationMs";
  public static final String LAYER_RECORDINGS = "layerRecordings";
  public static final String ADDRESS = "address";
  public static final String ERROR = "error";

  private LogKeys() {}
}
