package io.thalweg.examples.spring;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the application; {@link GoalsController} is what it does. */
@SpringBootApplication(proxyBeanMethods = false)
public final class GoalsApplication {
  /** For Spring. */
  public GoalsApplication() {}

  /** Takes Spring's arguments, such as {@code --thalweg.url=http://127.0.0.1:8080}. */
  public static void main(String[] args) {
    SpringApplication.run(GoalsApplication.class, args);
  }
}
