package io.thalweg.testkit;

import java.util.Optional;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Gives a {@link SimulationTest} its {@link Seeds}, and fails one that does not use them: it would
 * pass whatever the code does.
 */
final class SimulationExtension implements ParameterResolver, AfterTestExecutionCallback {
  private static final Namespace NAMESPACE = Namespace.create(SimulationExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Seeds.class
        && context.getTestMethod().equals(Optional.of(parameter.getDeclaringExecutable()));
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Seeds seeds = seeds(context);
    context.getStore(NAMESPACE).put(Seeds.class, seeds);
    return seeds;
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    Seeds seeds = context.getStore(NAMESPACE).get(Seeds.class, Seeds.class);
    if (context.getExecutionException().isEmpty() && (seeds == null || !seeds.used())) {
      throw new AssertionError(
          "no seed was run: a @SimulationTest takes a parameter of type Seeds and calls forEach");
    }
  }

  private static Seeds seeds(ExtensionContext context) {
    Class<?> testClass = context.getRequiredTestClass();
    String method = context.getRequiredTestMethod().getName();
    SimulationTest annotation =
        AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), SimulationTest.class)
            .orElseThrow();
    SeedChoice choice =
        SeedChoice.of(
            annotation, testClass.getName() + "." + method, context::getConfigurationParameter);
    ReplayCommand command = ReplayCommand.of(testClass, method);
    return new Seeds(testClass.getSimpleName() + "." + method, choice, command, System.out);
  }
}
