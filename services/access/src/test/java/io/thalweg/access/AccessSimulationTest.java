package io.thalweg.access;

import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateProjectRequest;
import io.thalweg.access.v1.GetApiKeyRequest;
import io.thalweg.access.v1.ListApiKeysRequest;
import io.thalweg.access.v1.ListProjectsRequest;
import io.thalweg.access.v1.Permission;
import io.thalweg.access.v1.RevokeApiKeyRequest;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.util.random.RandomGenerator;

/** Keys and projects on a machine that is killed, loses power and fills its disk. */
class AccessSimulationTest {
  @SimulationTest(seeds = 40)
  void whatWasAnsweredIsKeptAndDoneOnce(Seeds seeds) {
    Simulation.of(Access.TYPE)
        .ask(4, random -> CreateProjectRequest.newBuilder().setProject(name(random)).build())
        .ask(4, AccessSimulationTest::create)
        .ask(2, random -> RevokeApiKeyRequest.newBuilder().setKey(name(random)).build())
        .ask(4, random -> GetApiKeyRequest.newBuilder().setKey(name(random)).build())
        .ask(2, random -> ListProjectsRequest.newBuilder().setPageSize(2).build())
        .ask(random -> ListApiKeysRequest.newBuilder().setPageSize(2).build())
        .run(seeds);
  }

  private static CreateApiKeyRequest create(RandomGenerator random) {
    return CreateApiKeyRequest.newBuilder()
        .setKey(name(random))
        .addPermissions(
            Permission.newBuilder().setService("*").addAccess(io.thalweg.contract.Access.READ))
        .build();
  }

  private static String name(RandomGenerator random) {
    return "n" + random.nextInt(6);
  }
}
