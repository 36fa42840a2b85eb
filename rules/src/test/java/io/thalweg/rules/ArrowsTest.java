package io.thalweg.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A module may use only the modules below it, and a service never another one. */
class ArrowsTest {
  /** The services, by their package. */
  private static final List<String> SERVICES =
      List.of("access", "docs", "jobs", "keys", "leaderboard", "locks", "messaging");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.thalweg");

  @Test
  void modulesUseOnlyWhatIsBelowThem() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.thalweg..")
        .withOptionalLayers(true)
        .layer("host")
        .definedBy("io.thalweg.host..")
        .layer("log")
        .definedBy("io.thalweg.log..")
        .layer("state")
        .definedBy("io.thalweg.state..")
        .layer("blob")
        .definedBy("io.thalweg.blob..")
        .layer("cluster")
        .definedBy("io.thalweg.cluster..")
        .layer("s3")
        .definedBy("io.thalweg.s3..")
        .layer("contract")
        .definedBy("io.thalweg.contract..")
        .layer("runtime")
        .definedBy("io.thalweg.runtime..")
        .layer("testkit")
        .definedBy("io.thalweg.testkit..")
        .layer("edge")
        .definedBy("io.thalweg.edge..")
        .layer("schedules")
        .definedBy("io.thalweg.schedules..")
        .layer("yjs")
        .definedBy("io.thalweg.docs.yjs..")
        .layer("services")
        .definedBy(
            "io.thalweg.access",
            "io.thalweg.access.identities..",
            "io.thalweg.docs",
            "io.thalweg.docs.live..",
            "io.thalweg.jobs",
            "io.thalweg.jobs.faktory..",
            "io.thalweg.keys",
            "io.thalweg.leaderboard",
            "io.thalweg.locks",
            "io.thalweg.locks.keyspaces",
            "io.thalweg.locks.etcd",
            "io.thalweg.messaging",
            "io.thalweg.messaging.xmpp..")
        .layer("gateway")
        .definedBy("io.thalweg.gateway..")
        .layer("kafka")
        .definedBy("io.thalweg.kafka..")
        .layer("peers")
        .definedBy("io.thalweg.peers..")
        .layer("effects")
        .definedBy("io.thalweg.effects..")
        .layer("server")
        .definedBy("io.thalweg.server..")
        .layer("messages")
        .definedBy(
            "io.thalweg.leaderboard.v1..",
            "io.thalweg.access.v1..",
            "io.thalweg.jobs.v1..",
            "io.thalweg.locks.v1..",
            "io.thalweg.docs.v1..",
            "io.thalweg.messaging.v1..",
            "io.thalweg.keys.v1..",
            "io.thalweg.keys.space..")
        .layer("client")
        .definedBy("io.thalweg.client..")
        .layer("spring")
        .definedBy("io.thalweg.spring..")
        .layer("examples")
        .definedBy("io.thalweg.examples..")
        .layer("bench")
        .definedBy("io.thalweg.bench..")
        .whereLayer("host")
        .mayNotAccessAnyLayer()
        .whereLayer("log")
        .mayOnlyAccessLayers("host")
        .whereLayer("state")
        .mayOnlyAccessLayers("host")
        .whereLayer("blob")
        .mayOnlyAccessLayers("host", "log")
        .whereLayer("cluster")
        .mayOnlyAccessLayers("log")
        .whereLayer("s3")
        .mayOnlyAccessLayers("blob")
        .whereLayer("contract")
        .mayNotAccessAnyLayer()
        .whereLayer("yjs")
        .mayNotAccessAnyLayer()
        .whereLayer("runtime")
        .mayOnlyAccessLayers("host", "log", "state", "blob", "contract")
        .whereLayer("testkit")
        .mayOnlyAccessLayers("runtime", "state", "log", "host", "contract")
        .whereLayer("testkit")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("edge")
        .mayOnlyAccessLayers("runtime", "contract")
        .whereLayer("schedules")
        .mayOnlyAccessLayers("runtime")
        .whereLayer("messages")
        .mayOnlyAccessLayers("contract")
        .whereLayer("services")
        .mayOnlyAccessLayers("messages", "schedules", "edge", "runtime", "state", "contract", "yjs")
        .whereLayer("client")
        .mayOnlyAccessLayers("messages", "contract")
        .whereLayer("client")
        .mayOnlyBeAccessedByLayers("spring", "examples", "bench", "server")
        .whereLayer("spring")
        .mayOnlyAccessLayers("client", "gateway", "services", "runtime")
        .whereLayer("spring")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("gateway")
        .mayOnlyAccessLayers("edge", "runtime", "contract", "log")
        .whereLayer("kafka")
        .mayOnlyAccessLayers("runtime", "cluster", "state", "log", "host")
        .whereLayer("peers")
        .mayOnlyAccessLayers("runtime", "cluster", "log", "host", "contract")
        .whereLayer("peers")
        .mayOnlyBeAccessedByLayers("server", "bench")
        .whereLayer("kafka")
        .mayOnlyBeAccessedByLayers("server", "bench")
        .whereLayer("effects")
        .mayOnlyAccessLayers("runtime")
        .whereLayer("effects")
        .mayOnlyBeAccessedByLayers("server")
        .whereLayer("server")
        .mayOnlyBeAccessedByLayers("bench", "examples")
        .whereLayer("examples")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("bench")
        .mayNotBeAccessedByAnyLayer()
        .check(CLASSES);
  }

  @Test
  void aServiceNeverUsesAnotherOne() {
    for (String service : SERVICES) {
      for (String other : SERVICES) {
        if (!service.equals(other)) {
          noClasses()
              .that()
              .resideInAPackage("io.thalweg." + service + "..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("io.thalweg." + other + "..")
              .check(CLASSES);
        }
      }
    }
  }

  @Test
  void servicesHaveNoThreadsClocksOrInputOfTheirOwn() {
    for (String service : SERVICES) {
      noClasses()
          .that()
          .resideInAPackage("io.thalweg." + service)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.io..", "java.net..", "java.nio.file..", "java.util.concurrent..")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(Thread.class, java.util.Random.class, java.time.Clock.class)
          .because("all of it comes through the context; a replay must give the same state")
          .check(CLASSES);
    }
  }

  @Test
  void onlyTheProtocolOfAServiceMeetsTheEdge() {
    for (String service : SERVICES) {
      noClasses()
          .that()
          .resideInAPackage("io.thalweg." + service)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.thalweg.edge..", "io.netty..")
          .because("what is decided does not depend on how it was asked for")
          .check(CLASSES);
    }
  }

  @Test
  void topLevelClassesAreFinalAbstractOrRecords() {
    classes()
        .that()
        .areTopLevelClasses()
        .and()
        .areNotInterfaces()
        .and()
        .areNotEnums()
        .and()
        .areNotAssignableTo(Throwable.class)
        .and()
        .resideOutsideOfPackages(
            "io.thalweg.contract",
            "io.thalweg.runtime.system..",
            "io.thalweg.leaderboard.v1..",
            "io.thalweg.access.v1..",
            "io.thalweg.jobs.v1..",
            "io.thalweg.locks.v1..",
            "io.thalweg.docs.v1..",
            "io.thalweg.messaging.v1..",
            "io.thalweg.keys.v1..")
        .and()
        .resideOutsideOfPackages("io.thalweg.bench..", "..jmh_generated..")
        .should()
        .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL)
        .orShould()
        .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT)
        .check(CLASSES);
  }
}
