package io.thalweg.docs;

import com.google.protobuf.ByteString;
import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentRequest;
import io.thalweg.docs.v1.EditDocumentRequest;
import io.thalweg.docs.v1.EditStep;
import io.thalweg.docs.v1.Form;
import io.thalweg.docs.v1.GetDocumentRequest;
import io.thalweg.docs.v1.InsertText;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadVersionRequest;
import io.thalweg.docs.v1.RestoreVersionRequest;

/** Requests in few words. */
final class Requests {
  private Requests() {}

  static ApplyUpdateRequest apply(String document, byte[] update) {
    return ApplyUpdateRequest.newBuilder()
        .setDocument(document)
        .setUpdate(ByteString.copyFrom(update))
        .build();
  }

  static EditDocumentRequest insert(String document, int index, String text) {
    return edit(
        document,
        EditStep.newBuilder()
            .setRoot("t")
            .setInsertText(InsertText.newBuilder().setIndex(index).setText(text))
            .build());
  }

  static EditDocumentRequest edit(String document, EditStep... steps) {
    EditDocumentRequest.Builder request = EditDocumentRequest.newBuilder().setDocument(document);
    for (EditStep step : steps) {
      request.addSteps(step);
    }
    return request.build();
  }

  static ReadDocumentRequest read(String document, String root, Form form) {
    return ReadDocumentRequest.newBuilder()
        .setDocument(document)
        .setRoot(root)
        .setForm(form)
        .build();
  }

  static ReadDocumentRequest text(String document) {
    return read(document, "t", Form.TEXT);
  }

  static ReadVersionRequest past(String document, long version) {
    return ReadVersionRequest.newBuilder()
        .setDocument(document)
        .setRoot("t")
        .setVersion(version)
        .build();
  }

  static RestoreVersionRequest restore(String document, long version) {
    return RestoreVersionRequest.newBuilder().setDocument(document).setVersion(version).build();
  }

  static DeleteDocumentRequest delete(String document) {
    return DeleteDocumentRequest.newBuilder().setDocument(document).build();
  }

  static GetDocumentRequest get(String document) {
    return GetDocumentRequest.newBuilder().setDocument(document).build();
  }

  static DiffDocumentRequest diff(String document, byte[] stateVector) {
    return DiffDocumentRequest.newBuilder()
        .setDocument(document)
        .setStateVector(ByteString.copyFrom(stateVector))
        .build();
  }
}
