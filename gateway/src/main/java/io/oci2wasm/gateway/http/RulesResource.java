package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.api.rule.ConversionRules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/rules}: what is converted, and which rule an image meets. */
final class RulesResource {
  private final ConversionRules rules;

  RulesResource(ConversionRules rules) {
    this.rules = rules;
  }

  void routes(RoutesConfig routes) {
    routes.get("/api/v1/rules", this::get);
  }

  /**
   * The gateway's configuration.
   *
   * @param memory what guests have unless a rule says so; absent means the engine's default
   * @param translate how bundles are trained unless a rule says so; absent means not at all
   * @param rules in the order in which they are tried
   * @param match absent unless an image was named
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Rules(
      List<Platform> platforms,
      @Nullable GuestMemory memory,
      @Nullable Training translate,
      List<ConversionRule> rules,
      @Nullable Match match) {}

  /**
   * What holds for an image.
   *
   * @param rule the number of the first rule that matches, from 0; absent if none does
   * @param platforms those that are wanted of it; none if it is excluded
   * @param materialize absent where no rule says so: build-workers know what holds then
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Match(
      ImageReference image,
      @Nullable Integer rule,
      List<Platform> platforms,
      @Nullable GuestMemory memory,
      @Nullable Materialize materialize,
      @Nullable Training translate) {}

  private void get(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () -> {
          String image = context.queryParam("image");
          return new Rules(
              rules.platforms(),
              rules.memory(),
              rules.translate(),
              rules.rules(),
              image == null ? null : match(image));
        });
  }

  private Match match(String text) {
    ImageReference image = ImageReference.parse(text);
    return new Match(
        image,
        rules.matching(image).isPresent() ? rules.matching(image).getAsInt() : null,
        rules.platforms().stream()
            .filter(platform -> rules.selection(image, null).refusal(platform).isEmpty())
            .toList(),
        rules.options(image).memory(),
        rules.materialize(image).orElse(null),
        rules.training(image));
  }
}
