package io.thalweg.access;

import io.thalweg.access.v1.AccessProto;
import io.thalweg.access.v1.ApiKey;
import io.thalweg.access.v1.ApiKeyCreated;
import io.thalweg.access.v1.ApiKeyRevoked;
import io.thalweg.access.v1.ApiKeyRow;
import io.thalweg.access.v1.AuditRecord;
import io.thalweg.access.v1.AuditRecorded;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.CreateProjectRequest;
import io.thalweg.access.v1.GetApiKeyRequest;
import io.thalweg.access.v1.GetProjectRequest;
import io.thalweg.access.v1.IdentifyApiKeyRequest;
import io.thalweg.access.v1.IdentifyApiKeyResponse;
import io.thalweg.access.v1.ListApiKeysRequest;
import io.thalweg.access.v1.ListApiKeysResponse;
import io.thalweg.access.v1.ListAuditRecordsRequest;
import io.thalweg.access.v1.ListAuditRecordsResponse;
import io.thalweg.access.v1.ListProjectsRequest;
import io.thalweg.access.v1.ListProjectsResponse;
import io.thalweg.access.v1.Project;
import io.thalweg.access.v1.ProjectCreated;
import io.thalweg.access.v1.RecordAuditRequest;
import io.thalweg.access.v1.RecordAuditResponse;
import io.thalweg.access.v1.RevokeApiKeyRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.MessageRows;
import io.thalweg.runtime.ServiceType;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;

/** Keeps the projects of a node, the keys of each, and what was audited in it. */
public final class Access {
  /** The service, to open a node with. */
  public static final ServiceType TYPE =
      ServiceType.of(
          AccessProto.getDescriptor().findServiceByName("AccessControl"), Access::define);

  private static final int PROJECTS = 1;
  private static final int KEYS = 2;
  private static final int AUDIT = 3;
  private static final byte FORMAT = 1;

  private Access() {}

  private static void define(Definition d) {
    RowCount projectCount = new RowCount();
    Table<String, Project> projectRows =
        d.table(
            PROJECTS,
            "projects",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, Project.getDefaultInstance()),
            projectCount.listener());
    RowCount keyCount = new RowCount();
    Table<String, ApiKeyRow> keyRows =
        d.table(
            KEYS,
            "api_keys",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, ApiKeyRow.getDefaultInstance()),
            keyCount.listener());

    Projects projects = new Projects(projectRows, projectCount);
    d.command(CreateProjectRequest.class, Project.class, projects::create);
    d.event(ProjectCreated.class, projects::created);
    d.query(GetProjectRequest.class, Project.class, projects::get);
    d.query(ListProjectsRequest.class, ListProjectsResponse.class, projects::list);

    ApiKeys keys = new ApiKeys(keyRows, keyCount);
    d.command(CreateApiKeyRequest.class, CreateApiKeyResponse.class, keys::create);
    d.event(ApiKeyCreated.class, keys::created);
    d.command(RevokeApiKeyRequest.class, ApiKey.class, keys::revoke);
    d.event(ApiKeyRevoked.class, keys::revoked);
    d.query(GetApiKeyRequest.class, ApiKey.class, keys::get);
    d.query(IdentifyApiKeyRequest.class, IdentifyApiKeyResponse.class, keys::identify);
    ApiKeyList list = new ApiKeyList(keyRows);
    AuditRange auditRange = new AuditRange();
    AuditRecords audit =
        new AuditRecords(
            d.table(
                AUDIT,
                "audit_records",
                KeyCodecs.int64(),
                MessageRows.codec(FORMAT, AuditRecord.getDefaultInstance()),
                auditRange),
            auditRange);
    d.command(RecordAuditRequest.class, RecordAuditResponse.class, audit::record);
    d.event(AuditRecorded.class, audit::recorded);
    d.query(ListAuditRecordsRequest.class, ListAuditRecordsResponse.class, audit::list);
    d.scan(ListApiKeysRequest.class, ListApiKeysResponse.class, list::part, ApiKeyList::merge);
  }
}
