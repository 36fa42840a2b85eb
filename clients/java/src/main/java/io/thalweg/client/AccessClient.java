package io.thalweg.client;

import io.thalweg.access.v1.ApiKey;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.CreateProjectRequest;
import io.thalweg.access.v1.GetApiKeyRequest;
import io.thalweg.access.v1.GetProjectRequest;
import io.thalweg.access.v1.ListApiKeysRequest;
import io.thalweg.access.v1.ListApiKeysResponse;
import io.thalweg.access.v1.ListAuditRecordsRequest;
import io.thalweg.access.v1.ListAuditRecordsResponse;
import io.thalweg.access.v1.ListProjectsRequest;
import io.thalweg.access.v1.ListProjectsResponse;
import io.thalweg.access.v1.Project;
import io.thalweg.access.v1.RevokeApiKeyRequest;

/**
 * The typed client of access: projects, API keys and what was audited. All of it needs ADMIN, and
 * concerns the project of the key that the client was built with. Thread-safe.
 */
public final class AccessClient {
  private final ThalwegClient client;
  private final CallSettings settings;

  AccessClient(ThalwegClient client, CallSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  /** The same with settings for what is sent through it; see {@link LeaderboardClient#with}. */
  public AccessClient with(CallSettings value) {
    return new AccessClient(client, value);
  }

  /**
   * Creates a project, or answers the one that there is. Only for callers of the project "default".
   */
  public PendingReply<Project> createProject(CreateProjectRequest request) {
    return client.call(AccessMethods.CREATE_PROJECT, request, settings);
  }

  /** A project. NOT_FOUND if there is none of this name. */
  public PendingReply<Project> getProject(GetProjectRequest request) {
    return client.call(AccessMethods.GET_PROJECT, request, settings);
  }

  /** The projects, by name. */
  public PendingReply<ListProjectsResponse> listProjects(ListProjectsRequest request) {
    return client.call(AccessMethods.LIST_PROJECTS, request, settings);
  }

  /**
   * Creates a key. Its secret is in this one answer, so this is sent once: if the answer is lost,
   * revoke the key and create another.
   */
  public PendingReply<CreateApiKeyResponse> createApiKey(CreateApiKeyRequest request) {
    return client.call(AccessMethods.CREATE_API_KEY, request, settings);
  }

  /** Revokes a key for good. NOT_FOUND if there is none of this name. */
  public PendingReply<ApiKey> revokeApiKey(RevokeApiKeyRequest request) {
    return client.call(AccessMethods.REVOKE_API_KEY, request, settings);
  }

  /** A key without its secret. NOT_FOUND if there is none of this name. */
  public PendingReply<ApiKey> getApiKey(GetApiKeyRequest request) {
    return client.call(AccessMethods.GET_API_KEY, request, settings);
  }

  /** The keys of the project by name, also those that are revoked or expired. */
  public PendingReply<ListApiKeysResponse> listApiKeys(ListApiKeysRequest request) {
    return client.call(AccessMethods.LIST_API_KEYS, request, settings);
  }

  /** What admins did in the project and what was refused there, the newest first. */
  public PendingReply<ListAuditRecordsResponse> listAuditRecords(ListAuditRecordsRequest request) {
    return client.call(AccessMethods.LIST_AUDIT_RECORDS, request, settings);
  }
}
