package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;

/** A worker took a request: a report for people, on which nothing depends. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StageStarted(String requestId, Lane lane, Stage stage, ImageReference image)
    implements PipelineEvent {
  public StageStarted {
    RequestIds.check(requestId);
  }

  @Override
  public String type() {
    return Topics.STAGE_STARTED;
  }

  @Override
  public String eventId() {
    return requestId + "/stage.started/" + stage;
  }
}
