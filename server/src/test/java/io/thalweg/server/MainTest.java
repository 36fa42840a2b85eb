package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MainTest {
  @TempDir Path folder = Path.of("");

  @Test
  void helpNamesEveryCommandAndExitsWith0() {
    Cli help = Cli.run("help");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out())
        .contains("up", "load", "log", "verify", "version")
        .doesNotContain("rehearse");
  }

  @Test
  void helpOfACommandIsTheSameAsItsHelpOption() {
    assertThat(Cli.run("help", "log", "dump").out())
        .isEqualTo(Cli.run("log", "dump", "--help").out())
        .contains("--partition");
  }

  @Test
  void versionIsTheOneThatWasBuilt() {
    Cli version = Cli.run("version");

    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).containsPattern("thalweg \\d+\\.\\d+").contains("java 2");
  }

  @Test
  void withoutACommandTheHelpIsShownAndTheExitCodeIs2() {
    Cli nothing = Cli.run();

    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("Missing required subcommand", "verify");
  }

  @Test
  void anUnknownOptionIsNamedAndTheExitCodeIs2() {
    Cli unknown = Cli.run("up", "--prot", "1");

    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("--prot", "thalweg up --help");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          prot = 1              | unknown key 'prot'; the keys are advertise, allowed-hosts, bind, blobs, checkpoint-every, cluster, cors-origins
          port = 70000          | port must be within 0..65535; got 70000
          resp-port = 70000     | resp-port must be within 0..65535; got 70000
          port = http           | port must be a whole number; got 'http'
          partitions = 0        | partitions must be within 1..1024; got 0
          table-memory-mib = 1  | table-memory-mib must be within 4..1048576; got 1
          request-names = 0     | request-names must be from 1 to 10000000; got 0
          request-names-age = 9 | request-names-age must be minutes, hours or days
          request-names-age = 31d | request-names-age in seconds must be from 1 to 2592000; got 2678400
          quotas = jobs.bees=1  | quota: unknown name 'jobs.bees'; the names are jobs.jobs, jobs.queues
          quotas = jobs.jobs=x  | quota must be NAME=N with a whole number; got 'jobs.jobs=x'
          insecure = yes        | insecure must be true or false; got 'yes'
          effect-networks = ten | effect-networks must be an address block such as 10.0.0.0/8
          effect-hosts = a:80   | effect-hosts must be a host name without scheme, port and path
          effect-ports = http   | effect-ports must be whole numbers; got [http]
          effect-ports = 70000  | effect-ports must be from 1 to 65535; got 70000
          """)
  void aWrongConfigurationNamesFileKeyAndBound(String line, String problem) throws IOException {
    Path config = Files.writeString(folder.resolve("node.properties"), line);

    Cli up = Cli.run("up", "--config", config.toString(), "--data", folder + "/data");

    assertThat(up.exitCode()).isEqualTo(2);
    assertThat(up.err()).startsWith("thalweg: " + config).contains(problem).hasLineCount(2);
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "--port, 70000, --port must be within 0..65535; got 70000",
    "--port, -1, --port must be within 0..65535; got -1",
    "--resp-port, -1, --resp-port must be within 0..65535; got -1",
    "--partitions, 0, --partitions must be within 1..1024; got 0",
    "--bind, ' ', --bind must be an address or a host name; it is empty",
    "--effect-ports, 0, --effect-ports must be from 1 to 65535; got 0",
    "--effect-networks, ten, --effect-networks must be an address block such as 10.0.0.0/8"
  })
  void aValueOutOfItsBoundIsAWrongUseOfTheCommandLine(String option, String value, String problem) {
    Cli up = Cli.run("up", option, value, "--data", folder + "/data");

    assertThat(up.exitCode()).isEqualTo(2);
    assertThat(up.err()).startsWith("thalweg: " + problem).contains("thalweg up --help");
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void theCommandLineGoesBeforeTheFile() throws IOException {
    Path config = Files.writeString(folder.resolve("node.properties"), "bind = 127.0.0.1\n");

    Cli up =
        Cli.run("up", "--config", config.toString(), "--bind", "0.0.0.0", "--data", folder + "/d");

    assertThat(up.err()).contains("0.0.0.0");
  }

  @Test
  void aWrongSigningKeyIsNamedByItsLineAndNotShown() throws IOException {
    Path keys = Files.writeString(folder.resolve("keys"), "# for all\nwhsec_c2hvcnQ=\n");

    Cli up =
        Cli.run("up", "--signing-keys", keys.toString(), "--port", "0", "--data", folder + "/data");

    assertThat(up.exitCode()).isEqualTo(1);
    assertThat(up.err())
        .contains("signing-keys: " + keys + ", line 2: a signing key must be whsec_")
        .doesNotContain("c2hvcnQ");
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void anAddressThatOthersCanReachIsRefusedWithoutInsecure() {
    Cli up = Cli.run("up", "--bind", "0.0.0.0", "--port", "0", "--data", folder + "/data");

    assertThat(up.exitCode()).isEqualTo(1);
    assertThat(up.err()).contains("0.0.0.0", "--insecure").hasLineCount(1);
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void aPortThatIsTakenIsNamedWithItsOption() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String port = Integer.toString(taken.getLocalPort());

      Cli up = Cli.run("up", "--port", "0", "--resp-port", port, "--data", folder + "/data");

      assertThat(up.exitCode()).isEqualTo(1);
      assertThat(up.err())
          .contains("port " + port + " for resp: it is in use; choose another with --resp-port")
          .hasLineCount(1);
    }
  }

  @Test
  void aFolderThatIsNoDataDirectoryIsNotTouched() {
    for (String[] command : new String[][] {{"verify"}, {"log", "dump"}}) {
      String[] args = Arrays.copyOf(command, command.length + 2);
      args[command.length] = "--data";
      args[command.length + 1] = folder.toString();

      Cli refused = Cli.run(args);

      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains(folder.toString(), "no log").hasLineCount(1);
      assertThat(folder).isEmptyDirectory();
    }
  }
}
