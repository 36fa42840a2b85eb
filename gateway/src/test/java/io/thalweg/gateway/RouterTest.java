package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpMethod;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
  private final Router<String> router = new Router<>();

  @BeforeEach
  void addPaths() {
    add(HttpMethod.GET, "/");
    add(HttpMethod.GET, "/v1/boards");
    add(HttpMethod.GET, "/v1/boards/{board}");
    add(HttpMethod.POST, "/v1/boards/{board}");
    add(HttpMethod.POST, "/v1/boards/{board}:reset");
    add(HttpMethod.POST, "/v1/boards/{board}/scores");
    add(HttpMethod.POST, "/v1/boards/{board}/scores:batch");
    add(HttpMethod.GET, "/v1/boards/{board}/entries/{member}");
    add(HttpMethod.DELETE, "/v1/boards/{board}/entries/{member}");
    add(HttpMethod.GET, "/v1/boards/{board}/entries/{member}:around");
    add(HttpMethod.GET, "/v1/boards/special/entries/top");
  }

  @Test
  void aPathLeadsToItsTargetWithItsValuesAsTheyWereSent() {
    assertFound(HttpMethod.GET, "/", "/");
    assertFound(HttpMethod.GET, "/v1/boards", "/v1/boards");
    assertFound(HttpMethod.GET, "/v1/boards/g%2Fo", "/v1/boards/{board}", "g%2Fo");
    assertFound(HttpMethod.POST, "/v1/boards/g/scores", "/v1/boards/{board}/scores", "g");
    assertFound(
        HttpMethod.GET, "/v1/boards/g/entries/m", "/v1/boards/{board}/entries/{member}", "g", "m");
  }

  @Test
  void aVerbIsNotPartOfTheName() {
    assertFound(HttpMethod.POST, "/v1/boards/g:reset", "/v1/boards/{board}:reset", "g");
    assertFound(
        HttpMethod.POST, "/v1/boards/g/scores:batch", "/v1/boards/{board}/scores:batch", "g");
    assertFound(
        HttpMethod.GET,
        "/v1/boards/g/entries/a:b:around",
        "/v1/boards/{board}/entries/{member}:around",
        "g",
        "a:b");
  }

  @Test
  void aColonThatIsNoVerbIsPartOfTheName() {
    assertFound(HttpMethod.GET, "/v1/boards/a:b", "/v1/boards/{board}", "a:b");
    assertFound(HttpMethod.GET, "/v1/boards/a%3Areset", "/v1/boards/{board}", "a%3Areset");
  }

  @Test
  void aLiteralWinsAndTheOtherBranchIsStillTried() {
    assertFound(HttpMethod.GET, "/v1/boards/special/entries/top", "/v1/boards/special/entries/top");
    assertFound(
        HttpMethod.GET,
        "/v1/boards/special/entries/m",
        "/v1/boards/{board}/entries/{member}",
        "special",
        "m");
    assertFound(
        HttpMethod.DELETE,
        "/v1/boards/special/entries/top",
        "/v1/boards/{board}/entries/{member}",
        "special",
        "top");
  }

  @Test
  void aKnownPathWithAnotherMethodSaysWhichMethodsThereAre() {
    assertThat(router.route(HttpMethod.PUT, "/v1/boards/g"))
        .isEqualTo(new Router.Route.WrongMethod<>(Set.of(HttpMethod.GET, HttpMethod.POST)));
  }

  @Test
  void aVerbIsNeverTakenForANameWithAnotherMethod() {
    assertThat(router.route(HttpMethod.DELETE, "/v1/boards/g/entries/m:around"))
        .isEqualTo(new Router.Route.WrongMethod<>(Set.of(HttpMethod.GET)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/v2", "/v1/boards/g/", "/v1/boards/g/scores/x", "/v1", "/v1/boards/g/scores:x"})
  void anUnknownPathIsUnknown(String path) {
    assertThat(router.route(HttpMethod.GET, path)).isEqualTo(new Router.Route.Unknown<>());
  }

  @Test
  void aPathOfVeryManySegmentsIsUnknown() {
    assertThat(router.route(HttpMethod.GET, "/v1".repeat(10_000)))
        .isEqualTo(new Router.Route.Unknown<>());
  }

  @Test
  void twoTargetsForOnePathAreRefused() {
    assertThatThrownBy(() -> add(HttpMethod.GET, "/v1/boards/{other}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("GET /v1/boards/{other}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "/v1/{a=b/*}", "/v1/**", "/v1/{", "/v1/x{a}", "/v1/{}"})
  void aTemplateThatIsNotServedIsRefused(String template) {
    assertThatThrownBy(() -> PathTemplate.parse(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(template);
  }

  private void add(HttpMethod method, String path) {
    router.add(method, PathTemplate.parse(path), path);
  }

  private void assertFound(HttpMethod method, String path, String target, String... values) {
    assertThat(router.route(method, path))
        .isEqualTo(new Router.Route.Found<>(target, List.of(values)));
  }
}
