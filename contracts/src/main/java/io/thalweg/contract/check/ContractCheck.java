package io.thalweg.contract.check;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The check of a contract, as one line in a test of its module:
 *
 * <pre>{@code
 * @Test
 * void theContractBreaksNothingThatWasReleased() {
 *   ContractCheck.verify(Leaderboard.TYPE.contract());
 * }
 * }</pre>
 *
 * <p>It compares the contract with that of every recorded release, and checks that it is well
 * formed. With {@code -Dcontract=record} it records the contract as a release of its level, if it
 * breaks nothing that is recorded. See {@link Rule} and {@link Releases}.
 */
public final class ContractCheck {
  private final String name;
  private final Contract present;
  private final FileDescriptorSet set;
  private final Releases releases;

  ContractCheck(String name, int level, FileDescriptorSet set, Releases releases) {
    this.name = name;
    this.set = set;
    this.releases = releases;
    present = Contract.of(set, level);
  }

  /**
   * Checks the contract of a service: the file that it is declared in and what that imports.
   *
   * @throws AssertionError naming everything that is wrong, why, and what to do instead; also if no
   *     release is recorded
   */
  public static void verify(ServiceDescriptor service) {
    String name = Contract.ruleOf(service).getName();
    int level = Contract.ruleOf(service).getContractLevel();
    verify(name, level, service.getFile());
  }

  /**
   * As {@link #verify(ServiceDescriptor)}, for a file that has events and no service.
   *
   * @param name under which its releases are recorded
   * @param level its contract level
   */
  public static void verify(String name, int level, FileDescriptor file) {
    ContractCheck check =
        new ContractCheck(name, level, DescriptorSets.of(file), Releases.of(name));
    check.run(Releases.isRecording());
  }

  void run(boolean record) {
    List<Finding> findings = findings();
    List<Finding> failing = new ArrayList<>();
    for (Finding finding : findings) {
      if (finding.severity() == Severity.WARNING) {
        System.err.println(finding);
      } else {
        failing.add(finding);
      }
    }
    if (!failing.isEmpty()) {
      throw new AssertionError(
          failing.stream()
              .map(Finding::toString)
              .collect(
                  Collectors.joining(
                      "\n\n",
                      "the contract of %s, level %d, has %d faults:\n\n"
                          .formatted(name, present.level(), failing.size()),
                      "\n")));
    }
    if (record) {
      releases.record(present.level(), set);
    } else if (releases.levels().isEmpty()) {
      throw new AssertionError(
          "no release of the contract of %s is recorded; run this test with -Dcontract=record and commit %s"
              .formatted(name, releases.contractOf(present.level())));
    }
  }

  /** Everything that is wrong, breaking changes first; each once, for the earliest release. */
  List<Finding> findings() {
    Findings findings = new Findings();
    for (Contract released : releases.contracts(present.services().keySet())) {
      Comparison.compare(released, present, findings);
    }
    findings.comparingWith(0);
    new Lint(present, findings, Lint::sourceOnTheClassPath).check();
    return findings.list();
  }
}
