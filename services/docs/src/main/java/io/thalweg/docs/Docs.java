package io.thalweg.docs;

import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.CompareVersionsRequest;
import io.thalweg.docs.v1.CompareVersionsResponse;
import io.thalweg.docs.v1.CreateDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentResponse;
import io.thalweg.docs.v1.DeleteHookRequest;
import io.thalweg.docs.v1.DeleteHookResponse;
import io.thalweg.docs.v1.DiffDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.DocsProto;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.DocumentCreated;
import io.thalweg.docs.v1.DocumentDeleted;
import io.thalweg.docs.v1.DocumentEvent;
import io.thalweg.docs.v1.DocumentUpdated;
import io.thalweg.docs.v1.EditDocumentRequest;
import io.thalweg.docs.v1.EditDocumentResponse;
import io.thalweg.docs.v1.FindHooksRequest;
import io.thalweg.docs.v1.FindHooksResponse;
import io.thalweg.docs.v1.GetDocumentRequest;
import io.thalweg.docs.v1.GetStateVectorRequest;
import io.thalweg.docs.v1.HistorySet;
import io.thalweg.docs.v1.Hook;
import io.thalweg.docs.v1.HookDeleted;
import io.thalweg.docs.v1.HookDue;
import io.thalweg.docs.v1.HookSet;
import io.thalweg.docs.v1.HookTold;
import io.thalweg.docs.v1.ListDocumentsRequest;
import io.thalweg.docs.v1.ListDocumentsResponse;
import io.thalweg.docs.v1.ListHooksRequest;
import io.thalweg.docs.v1.ListHooksResponse;
import io.thalweg.docs.v1.ListNamesRequest;
import io.thalweg.docs.v1.ListNamesResponse;
import io.thalweg.docs.v1.ListVersionsRequest;
import io.thalweg.docs.v1.ListVersionsResponse;
import io.thalweg.docs.v1.NameRemoved;
import io.thalweg.docs.v1.NameVersionRequest;
import io.thalweg.docs.v1.NamedVersion;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.v1.ReadVersionRequest;
import io.thalweg.docs.v1.ReadVersionResponse;
import io.thalweg.docs.v1.RemoveNameRequest;
import io.thalweg.docs.v1.RemoveNameResponse;
import io.thalweg.docs.v1.RestoreVersionRequest;
import io.thalweg.docs.v1.RestoreVersionResponse;
import io.thalweg.docs.v1.SetHistoryRequest;
import io.thalweg.docs.v1.SetHookRequest;
import io.thalweg.docs.v1.StateVectorResponse;
import io.thalweg.docs.v1.TakeHooksRequest;
import io.thalweg.docs.v1.TakeHooksResponse;
import io.thalweg.docs.v1.TellHookRequest;
import io.thalweg.docs.v1.TellHookResponse;
import io.thalweg.docs.v1.VersionNamed;
import io.thalweg.docs.v1.WatchDocumentRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.ServiceType;

/**
 * Documents of Yjs. One instance lives in each partition, with all documents whose names fall to
 * it.
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), Docs.TYPE)) {
 *   node.call(
 *       ApplyUpdateRequest.newBuilder().setDocument("notes").setUpdate(update).build(),
 *       ApplyUpdateResponse.class);
 * }
 * }</pre>
 */
public final class Docs {
  /** The service, to open a node with. */
  public static final ServiceType TYPE = of(Limits.DEFAULTS);

  private Docs() {}

  /** The service with other bounds for a document. */
  static ServiceType of(Limits limits) {
    return ServiceType.of(
        DocsProto.getDescriptor().findServiceByName("Documents"),
        definition -> define(definition, limits));
  }

  private static void define(Definition d, Limits limits) {
    DocumentRows rows = DocumentRows.declare(d);
    OpenDocuments open = new OpenDocuments(rows, limits);
    Hooks hooks = new Hooks(rows);
    History history = new History(rows);

    Emission emission = new Emission(rows, hooks, limits);
    UpdateCommands updates = new UpdateCommands(rows, open, emission);
    d.command(ApplyUpdateRequest.class, ApplyUpdateResponse.class, updates::apply);
    EditCommands edits = new EditCommands(open, emission);
    d.command(EditDocumentRequest.class, EditDocumentResponse.class, edits::edit);

    AppliedUpdates applied = new AppliedUpdates(rows, history);
    d.event(DocumentUpdated.class, applied::updated);

    declare(d, new Generations(rows, open, hooks));
    declare(d, new HistoryCommands(rows, open, emission, history));
    declare(d, hooks);

    DocumentReads reads = new DocumentReads(rows, open);
    d.query(GetDocumentRequest.class, Document.class, reads::figures);
    d.query(ReadDocumentRequest.class, ReadDocumentResponse.class, reads::content);
    d.query(GetStateVectorRequest.class, StateVectorResponse.class, reads::stateVector);
    d.query(DiffDocumentRequest.class, DiffDocumentResponse.class, reads::diff);

    DocumentList list = new DocumentList(rows);
    d.scan(
        ListDocumentsRequest.class, ListDocumentsResponse.class, list::part, DocumentList::merge);
    d.watch(WatchDocumentRequest.class, DocumentEvent.class, DocumentWatch::map);

    VersionReads versions = new VersionReads(rows);
    d.query(ListNamesRequest.class, ListNamesResponse.class, versions::names);
    d.scan(ReadVersionRequest.class, ReadVersionResponse.class, versions::read, VersionList::only);
    d.scan(
        CompareVersionsRequest.class,
        CompareVersionsResponse.class,
        versions::compare,
        VersionList::only);
    VersionList versionList = new VersionList(rows, versions);
    d.scan(
        ListVersionsRequest.class,
        ListVersionsResponse.class,
        versionList::list,
        VersionList::only);
  }

  private static void declare(Definition d, Generations generations) {
    d.command(CreateDocumentRequest.class, Document.class, generations::create);
    d.command(DeleteDocumentRequest.class, DeleteDocumentResponse.class, generations::delete);
    d.event(DocumentCreated.class, generations::applyCreated);
    d.event(DocumentDeleted.class, generations::applyDeleted);
  }

  private static void declare(Definition d, HistoryCommands history) {
    d.command(NameVersionRequest.class, NamedVersion.class, history::name);
    d.command(RemoveNameRequest.class, RemoveNameResponse.class, history::removeName);
    d.command(RestoreVersionRequest.class, RestoreVersionResponse.class, history::restore);
    d.command(SetHistoryRequest.class, Document.class, history::setHistory);
    d.event(VersionNamed.class, history::applyNamed);
    d.event(NameRemoved.class, history::applyRemoved);
    d.event(HistorySet.class, history::applySet);
  }

  private static void declare(Definition d, Hooks hooks) {
    d.command(SetHookRequest.class, Hook.class, hooks::set);
    d.command(DeleteHookRequest.class, DeleteHookResponse.class, hooks::delete);
    d.query(ListHooksRequest.class, ListHooksResponse.class, hooks::list);
    d.command(FindHooksRequest.class, FindHooksResponse.class, hooks::find);
    d.command(TakeHooksRequest.class, TakeHooksResponse.class, hooks::take);
    d.command(TellHookRequest.class, TellHookResponse.class, hooks::tell);
    d.effectResult(Hooks.EFFECT, TellHookRequest.class, hooks::told);
    d.event(HookSet.class, hooks::applySet);
    d.event(HookDeleted.class, hooks::applyDeleted);
    d.event(HookDue.class, hooks::applyDue);
    d.event(HookTold.class, hooks::applyTold);
  }
}
