package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The document that describes the methods, as a running node serves it. */
class OpenApiTest {
  private static RunningNode node;
  private static Web web;
  private static JsonNode document;

  @BeforeAll
  static void start() {
    node = new RunningNode();
    web = new Web(node.port());
    document = web.get("/openapi.json").is(200).json();
  }

  @AfterAll
  static void stop() {
    web.close();
    node.close();
  }

  @Test
  void everyBindingOfEveryMethodIsThereWithItsComment() {
    assertThat(document.at("/openapi").asText()).isEqualTo("3.1.0");
    JsonNode submit = document.at("/paths").get("/v1/boards/{board}/scores").get("post");
    assertThat(submit.get("operationId").asText()).isEqualTo("Leaderboards_SubmitScore");
    assertThat(submit.get("summary").asText()).isEqualTo("Submits one score");
    assertThat(submit.get("description").asText()).contains("RESOURCE_EXHAUSTED");
    assertThat(submit.get("x-thalweg-permission").asText()).isEqualTo("leaderboard:write");
    Set<String> ids = new HashSet<>();
    int operations = 0;
    for (JsonNode path : document.get("paths")) {
      for (JsonNode operation : path) {
        operations++;
        ids.add(operation.get("operationId").asText());
        assertThat(operation.path("description").asText())
            .as(operation.get("operationId").asText())
            .isNotEmpty();
      }
    }
    assertThat(operations).isGreaterThan(15);
    assertThat(ids).as("operation ids are unique").hasSize(operations);
  }

  @Test
  void boundsOfTheContractAreInTheSchemas() {
    JsonNode submit = document.at("/paths").get("/v1/boards/{board}/scores").get("post");
    JsonNode board = submit.get("parameters").get(0);
    assertThat(board.get("name").asText()).isEqualTo("board");
    assertThat(board.at("/schema/maxLength").asInt()).isEqualTo(128);
    JsonNode body = submit.at("/requestBody/content/application~1json/schema");
    assertThat(body.at("/properties/member/maxLength").asInt()).isEqualTo(128);
    assertThat(body.at("/properties/score/type").asText()).isEqualTo("number");
    assertThat(body.get("required").toString()).contains("member", "score").doesNotContain("board");
    JsonNode list = document.at("/paths").get("/v1/boards/{board}/entries").get("get");
    assertThat(list.get("parameters").findValuesAsText("name"))
        .contains("board", "pageSize", "pageToken");
  }

  @Test
  void everyReferenceLeadsToASchema() {
    List<String> references = document.findValuesAsText("$ref");
    assertThat(references).isNotEmpty();
    for (String reference : references) {
      // A name of a schema has dots and no slash.
      assertThat(document.at(reference.substring(1)).isObject()).as(reference).isTrue();
    }
  }

  @Test
  void thePageAsksNothingOfTheOutside() {
    Web.Answer page = web.get("/docs").is(200);
    assertThat(page.http().body()).doesNotContain("http://", "https://", "<script>");
    assertThat(page.header("content-security-policy")).startsWith("default-src 'self'");
    assertThat(web.get("/docs/swagger-ui-bundle.js").is(200).http().body()).contains("SwaggerUI");
    web.get("/docs/swagger-ui.css").is(200);
    assertThat(web.get("/docs/start.js").is(200).http().body()).contains("/openapi.json");
  }
}
