package io.thalweg.docs;

import com.google.protobuf.ByteString;
import io.thalweg.docs.v1.EditDocumentRequest;
import io.thalweg.docs.v1.EditDocumentResponse;
import io.thalweg.docs.v1.EditStep;
import io.thalweg.docs.v1.PathElement;
import io.thalweg.docs.v1.TypeKind;
import io.thalweg.docs.yjs.AnyValue;
import io.thalweg.docs.yjs.MalformedUpdateException;
import io.thalweg.docs.yjs.Update;
import io.thalweg.docs.yjs.YEdit;
import io.thalweg.docs.yjs.YKind;
import io.thalweg.docs.yjs.YPlace;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes documents from the server's side, under a client that was drawn for the document: one for
 * all edits, or each would be kept for ever in the document's state vector.
 */
final class EditCommands {
  private final OpenDocuments open;
  private final Emission emission;

  EditCommands(OpenDocuments open, Emission emission) {
    this.open = open;
    this.emission = emission;
  }

  EditDocumentResponse edit(EditDocumentRequest request, CommandContext context) {
    String document = request.getDocument();
    int project = context.caller().project();
    emission.checkGeneration(document);
    OpenDocuments.Copy copy = open.open(project, document, context.logTimeUs());
    long known = emission.serverClient(document);
    long client = known == 0 ? draw(context) : known;
    boolean done = false;
    try {
      byte[] update =
          copy.doc()
              .edit(
                  client,
                  edit -> {
                    for (int i = 0; i < request.getStepsCount(); i++) {
                      step(edit, request.getSteps(i), "steps[%d]".formatted(i));
                    }
                  });
      if (!Arrays.equals(update, Update.empty())) {
        emission.check(copy, update.length, Update.decode(update).inserts(), "steps", context);
        emission.emit(document, update, known == 0 ? client : 0, 0, context);
        open.emitted(project, document, copy, update.length, context.logTimeUs());
      }
      done = true;
      return EditDocumentResponse.newBuilder()
          .setVersion(copy.version())
          .setUpdate(ByteString.copyFrom(update))
          .build();
    } finally {
      if (!done) {
        open.forget(project, document);
      }
    }
  }

  /** A client, as clients draw theirs: 32 bits, and not 0. */
  static long draw(CommandContext context) {
    return 1 + (context.random().nextLong() >>> 33);
  }

  private static void step(YEdit edit, EditStep step, String field) {
    YPlace root = place(step, field);
    try {
      switch (step.getStepCase()) {
        case INSERT_TEXT ->
            edit.insertText(root, step.getInsertText().getIndex(), step.getInsertText().getText());
        case DELETE -> edit.delete(root, step.getDelete().getIndex(), step.getDelete().getLength());
        case INSERT_VALUES ->
            edit.insertValues(
                root,
                step.getInsertValues().getIndex(),
                array(step.getInsertValues().getJson(), field + ".insert_values.json"));
        case SET_ENTRY ->
            edit.set(
                root,
                step.getSetEntry().getKey(),
                value(step.getSetEntry().getJson(), field + ".set_entry.json"));
        case REMOVE_ENTRY -> edit.remove(root, step.getRemoveEntry().getKey());
        case INSERT_TYPE ->
            edit.insertType(
                root,
                step.getInsertType().getIndex(),
                kind(step.getInsertType().getType(), field + ".insert_type.type"),
                step.getInsertType().getType().getName());
        case SET_TYPE ->
            edit.setType(
                root,
                step.getSetType().getKey(),
                kind(step.getSetType().getType(), field + ".set_type.type"),
                step.getSetType().getType().getName());
        case STEP_NOT_SET -> throw Failure.invalid(field, "must say what to do; got nothing");
      }
    } catch (IndexOutOfBoundsException e) {
      throw Failure.invalid(field, "must be within the type as it is then: " + e.getMessage());
    }
  }

  private static YPlace place(EditStep step, String field) {
    List<Object> path = new ArrayList<>();
    for (PathElement element : step.getPathList()) {
      switch (element.getElementCase()) {
        case KEY -> path.add(element.getKey());
        case INDEX -> path.add(element.getIndex());
        case ELEMENT_NOT_SET ->
            throw Failure.invalid(field + ".path", "must have keys and indexes; got nothing");
      }
    }
    return new YPlace(step.getRoot(), path);
  }

  private static YKind kind(TypeKind type, String field) {
    YKind kind =
        switch (type.getKind()) {
          case ARRAY -> YKind.ARRAY;
          case MAP -> YKind.MAP;
          case TEXT -> YKind.TEXT;
          case XML_ELEMENT -> YKind.XML_ELEMENT;
          case XML_TEXT -> YKind.XML_TEXT;
          case KIND_UNSPECIFIED, UNRECOGNIZED ->
              throw Failure.invalid(field + ".kind", "must say what it is; got nothing");
        };
    if ((kind == YKind.XML_ELEMENT) == type.getName().isEmpty()) {
      throw Failure.invalid(
          field + ".name", "must be given for an XML element, and for nothing else");
    }
    return kind;
  }

  private static List<? extends @Nullable Object> array(String json, String field) {
    if (value(json, field) instanceof List<?> list && !list.isEmpty()) {
      return list;
    }
    throw Failure.invalid(field, "must be a JSON array that is not empty");
  }

  private static @Nullable Object value(String json, String field) {
    try {
      return AnyValue.ofJson(json);
    } catch (MalformedUpdateException e) {
      throw Failure.invalid(field, "must be JSON; got " + e.getMessage());
    }
  }
}
