package io.thalweg.examples.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application as a user starts it, by HTTP. */
class GoalsApplicationTest {
  @TempDir Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  private ConfigurableApplicationContext start() {
    return SpringApplication.run(
        GoalsApplication.class,
        "--server.port=0",
        "--thalweg.embedded.data=" + folder.resolve("data"),
        "--spring.main.banner-mode=off");
  }

  private HttpResponse<String> send(
      ConfigurableApplicationContext application, String method, String path)
      throws IOException, InterruptedException {
    String port = application.getEnvironment().getProperty("local.server.port");
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void goalsCountOnceAndOutliveTheApplication() throws IOException, InterruptedException {
    try (ConfigurableApplicationContext application = start()) {
      assertThat(send(application, "POST", "/goals/ana?id=1").body())
          .isEqualTo("{\"rank\":1,\"player\":\"ana\",\"goals\":1.0}");
      send(application, "POST", "/goals/ana?id=2");
      send(application, "POST", "/goals/ana?id=2");
      send(application, "POST", "/goals/bob?id=3");
      assertThat(send(application, "POST", "/goals/" + "x".repeat(200) + "?id=4").statusCode())
          .isEqualTo(400);
      assertThat(send(application, "GET", "/actuator/health").body())
          .contains("\"thalweg\":{\"status\":\"UP\"}");
      assertThat(send(application, "GET", "/actuator/metrics/thalweg.client.requests").statusCode())
          .isEqualTo(200);
    }
    try (ConfigurableApplicationContext again = start()) {
      assertThat(send(again, "POST", "/goals/ana?id=2").statusCode()).isEqualTo(200);
      assertThat(send(again, "GET", "/goals").body())
          .isEqualTo(
              "[{\"rank\":1,\"player\":\"ana\",\"goals\":2.0},"
                  + "{\"rank\":2,\"player\":\"bob\",\"goals\":1.0}]");
    }
  }
}
