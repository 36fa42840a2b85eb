package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.access.v1.ApiKey;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.CreateProjectRequest;
import io.thalweg.access.v1.GetApiKeyRequest;
import io.thalweg.access.v1.GetProjectRequest;
import io.thalweg.access.v1.ListApiKeysRequest;
import io.thalweg.access.v1.ListAuditRecordsRequest;
import io.thalweg.access.v1.ListProjectsRequest;
import io.thalweg.access.v1.Permission;
import io.thalweg.access.v1.Project;
import io.thalweg.access.v1.RevokeApiKeyRequest;
import io.thalweg.contract.Access;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Projects and keys by the typed client, against a live server. */
@Timeout(120)
class AccessClientTest {
  @Test
  void projectsAndKeysAreManaged() {
    try (LiveServer server = new LiveServer();
        ThalwegClient client = ThalwegClient.at(server.url()).open()) {
      AccessClient access = client.access();
      Project shop =
          access
              .createProject(CreateProjectRequest.newBuilder().setProject("shop").build())
              .await();
      assertThat(shop.getNumber()).isEqualTo(1);
      assertThat(
              access.getProject(GetProjectRequest.newBuilder().setProject("shop").build()).await())
          .isEqualTo(shop);
      assertThat(
              access
                  .listProjects(ListProjectsRequest.getDefaultInstance())
                  .await()
                  .getProjectsList())
          .containsExactly(shop);
      CreateApiKeyResponse created =
          access
              .createApiKey(
                  CreateApiKeyRequest.newBuilder()
                      .setKey("ci")
                      .addPermissions(
                          Permission.newBuilder().setService("*").addAccess(Access.READ))
                      .build())
              .await();
      assertThat(created.getSecret()).startsWith("tw_ci_");
      ApiKey revoked =
          access.revokeApiKey(RevokeApiKeyRequest.newBuilder().setKey("ci").build()).await();
      assertThat(revoked.hasRevokeTime()).isTrue();
      assertThat(access.getApiKey(GetApiKeyRequest.newBuilder().setKey("ci").build()).await())
          .isEqualTo(revoked);
      assertThat(
              access.listApiKeys(ListApiKeysRequest.getDefaultInstance()).await().getApiKeysList())
          .containsExactly(revoked);
      // This server keeps none; one that was started by 'thalweg up' does.
      assertThat(
              access
                  .listAuditRecords(ListAuditRecordsRequest.getDefaultInstance())
                  .await()
                  .getRecordsList())
          .isEmpty();
      assertThatThrownBy(
              () -> access.getApiKey(GetApiKeyRequest.newBuilder().setKey("none").build()).await())
          .isInstanceOfSatisfying(
              ThalwegException.class, e -> assertThat(e.code()).isEqualTo(Code.NOT_FOUND));
    }
  }
}
