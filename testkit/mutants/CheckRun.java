package io.thalweg.testkit;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs one check in a process of its own, against the classes that it is given, and says on one
 * line whether it failed. In the simulator's package, since it runs seeds without shrinking them.
 */
public final class CheckRun {
  private static final PrintStream OUT = System.out;

  private CheckRun() {}

  /**
   * What to run: a simulation ({@code tally}, {@code narrow}, {@code forgetful}, {@code transfers},
   * {@code crowd}, {@code restored} or {@code vault}) and how many seeds, or {@code tests} and the
   * names of classes.
   */
  public static void main(String[] args) {
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), true));
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), true));
    switch (args[0]) {
      case "tally" ->
          simulate(args[0], TallyService.simulation(TallyService.TYPE), Integer.parseInt(args[1]));
      case "narrow" -> simulate(args[0], TallyService.narrow(), Integer.parseInt(args[1]));
      case "forgetful" -> simulate(args[0], TallyService.forgetful(), Integer.parseInt(args[1]));
      case "transfers" ->
          simulate(args[0], TransferService.simulation(), Integer.parseInt(args[1]));
      case "restored" ->
          simulate(args[0], TransferService.simulation().restores(), Integer.parseInt(args[1]));
      case "vault" -> simulate(args[0], VaultSimulationTests.restored(), Integer.parseInt(args[1]));
      case "crowd" -> simulate(args[0], TransferService.crowd(), Integer.parseInt(args[1]));
      case "tests" -> test(List.of(args).subList(1, args.length));
      default -> throw new IllegalArgumentException("no such check: " + args[0]);
    }
  }

  private static void simulate(String name, Simulation simulation, int seeds) {
    for (int seed = 1; seed <= seeds; seed++) {
      List<Plan.Item> plan = simulation.planOf(seed);
      OUT.println("AT " + name + ", seed " + seed);
      try {
        new SimulatedRun(simulation, seed, plan).run();
      } catch (SimulationFailure e) {
        end("KILLED\t" + name + ": " + e.invariant() + "\tseed " + seed + "\t" + firstLine(e));
      } catch (Throwable e) {
        end("KILLED\t" + name + ": TheRunEnds\tseed " + seed + "\t" + firstLine(e));
      }
    }
    end("PASSED\t" + name + "\t" + seeds + " seeds\t");
  }

  // One engine after the other: most mutants are dead before the slower one is loaded.
  private static void test(List<String> names) {
    Listener listener = new Listener();
    for (String engine : List.of("junit-jupiter", "jqwik")) {
      LauncherDiscoveryRequestBuilder request =
          LauncherDiscoveryRequestBuilder.request()
              .filters(EngineFilter.includeEngines(engine))
              .configurationParameter("junit.jupiter.execution.timeout.default", "30 s");
      names.forEach(name -> request.selectors(DiscoverySelectors.selectClass(name)));
      Launcher launcher = LauncherFactory.create();
      launcher.execute(request.build(), listener);
    }
    if (listener.passed == 0) {
      end("ERROR\tno test was run\t\t");
    }
    end("PASSED\ttests\t" + listener.passed + " tests\t");
  }

  /** The first failure ends the process. */
  private static final class Listener implements TestExecutionListener {
    private int passed;

    @Override
    public void executionStarted(TestIdentifier test) {
      if (test.isTest()) {
        OUT.println("AT " + name(test));
      }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (result.getStatus() == TestExecutionResult.Status.FAILED) {
        String why = result.getThrowable().map(CheckRun::firstLine).orElse("");
        end("KILLED\t" + name(test) + "\t" + (passed + 1) + ". test\t" + why);
      } else if (test.isTest()) {
        passed++;
      }
    }
  }

  private static String name(TestIdentifier test) {
    String id = test.getUniqueId();
    String type = id.replaceAll(".*\\[class:(?:\\w+\\.)*(\\w+)\\].*", "$1");
    String method = id.replaceAll(".*\\[(?:method|property|test-template):([^(\\]]*).*", "#$1");
    return type + (method.startsWith("#") ? method : "");
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? "" : e.getMessage().strip();
    String line = message.lines().findFirst().orElse("");
    return e instanceof SimulationFailure ? line : e.getClass().getSimpleName() + ": " + line;
  }

  // Threads of a broken node may never end.
  private static void end(String verdict) {
    OUT.println(verdict.replace('\n', ' '));
    OUT.flush();
    Runtime.getRuntime().halt(0);
  }
}
