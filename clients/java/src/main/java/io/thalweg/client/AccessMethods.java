package io.thalweg.client;

import com.google.protobuf.Message;
import io.thalweg.access.v1.AccessProto;
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

/** The methods of access that clients may call, as its contract has them. */
final class AccessMethods {
  static final ServiceMethod<CreateProjectRequest, Project> CREATE_PROJECT =
      method(
          "CreateProject", CreateProjectRequest.getDefaultInstance(), Project.getDefaultInstance());
  static final ServiceMethod<GetProjectRequest, Project> GET_PROJECT =
      method("GetProject", GetProjectRequest.getDefaultInstance(), Project.getDefaultInstance());
  static final ServiceMethod<ListProjectsRequest, ListProjectsResponse> LIST_PROJECTS =
      method(
          "ListProjects",
          ListProjectsRequest.getDefaultInstance(),
          ListProjectsResponse.getDefaultInstance());
  static final ServiceMethod<CreateApiKeyRequest, CreateApiKeyResponse> CREATE_API_KEY =
      method(
          "CreateApiKey",
          CreateApiKeyRequest.getDefaultInstance(),
          CreateApiKeyResponse.getDefaultInstance());
  static final ServiceMethod<RevokeApiKeyRequest, ApiKey> REVOKE_API_KEY =
      method("RevokeApiKey", RevokeApiKeyRequest.getDefaultInstance(), ApiKey.getDefaultInstance());
  static final ServiceMethod<GetApiKeyRequest, ApiKey> GET_API_KEY =
      method("GetApiKey", GetApiKeyRequest.getDefaultInstance(), ApiKey.getDefaultInstance());
  static final ServiceMethod<ListApiKeysRequest, ListApiKeysResponse> LIST_API_KEYS =
      method(
          "ListApiKeys",
          ListApiKeysRequest.getDefaultInstance(),
          ListApiKeysResponse.getDefaultInstance());
  static final ServiceMethod<ListAuditRecordsRequest, ListAuditRecordsResponse> LIST_AUDIT_RECORDS =
      method(
          "ListAuditRecords",
          ListAuditRecordsRequest.getDefaultInstance(),
          ListAuditRecordsResponse.getDefaultInstance());

  private AccessMethods() {}

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        AccessProto.getDescriptor().findServiceByName("AccessControl"), name, request, reply);
  }
}
