package io.thalweg.docs;

import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.Encoding;
import io.thalweg.docs.yjs.MalformedUpdateException;
import io.thalweg.docs.yjs.Update;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.Arrays;

/** Takes updates of clients. */
final class UpdateCommands {
  /** Of a larger update what is known is cut off: a client that comes back sends all it has. */
  private static final int CUT_BYTES = 256;

  private final DocumentRows rows;
  private final OpenDocuments open;
  private final Emission emission;

  UpdateCommands(DocumentRows rows, OpenDocuments open, Emission emission) {
    this.rows = rows;
    this.open = open;
    this.emission = emission;
  }

  ApplyUpdateResponse apply(ApplyUpdateRequest request, CommandContext context) {
    String document = request.getDocument();
    int project = context.caller().project();
    OpenDocuments.Copy copy = open.open(project, document, context.logTimeUs());
    byte[] update = lacking(request, copy.doc());
    Update read = decoded(update);
    Generations.check(rows, document, read);
    if (read.isEmpty()) {
      return answer(copy, false);
    }
    emission.check(copy, update.length, read.inserts(), "update", context);
    boolean done = false;
    try {
      boolean changed = bringIn(copy.doc(), read, update.length);
      if (changed) {
        emission.emit(document, update, 0, 0, context);
        open.emitted(project, document, copy, update.length, context.logTimeUs());
      }
      done = true;
      return answer(copy, changed);
    } finally {
      if (!done) {
        open.forget(project, document);
      }
    }
  }

  /**
   * Brings an update in. Whether one that waits was there already is found out by what is written;
   * for a small one that is not worth it, and it is taken for new.
   */
  private static boolean bringIn(YDoc doc, Update update, int updateBytes) {
    byte[] before = doc.isWaiting() && updateBytes > CUT_BYTES ? doc.encode() : new byte[0];
    boolean changed;
    try {
      changed = doc.apply(update);
    } catch (RuntimeException e) {
      throw Failure.invalid("update", "must be an update of Yjs; it cannot be brought in: " + e);
    }
    if (changed || !doc.isWaiting()) {
      return changed;
    }
    return before.length == 0 || !Arrays.equals(before, doc.encode());
  }

  /** The update in version 1, without what the document has. */
  private static byte[] lacking(ApplyUpdateRequest request, YDoc doc) {
    byte[] bytes = request.getUpdate().toByteArray();
    boolean second = request.getEncoding() == Encoding.V2;
    if (!second && (bytes.length <= CUT_BYTES || doc.isWaiting())) {
      return bytes;
    }
    try {
      Update update = second ? Update.decodeV2(bytes) : Update.decode(bytes);
      return (doc.isWaiting() ? update : update.without(doc.stateVector())).encode();
    } catch (MalformedUpdateException e) {
      throw malformed(e);
    }
  }

  private static Update decoded(byte[] update) {
    try {
      return Update.decode(update);
    } catch (MalformedUpdateException e) {
      throw malformed(e);
    }
  }

  private static Failure malformed(MalformedUpdateException e) {
    return Failure.invalid("update", "must be an update of Yjs: " + e.getMessage());
  }

  private static ApplyUpdateResponse answer(OpenDocuments.Copy copy, boolean changed) {
    return ApplyUpdateResponse.newBuilder().setChanged(changed).setVersion(copy.version()).build();
  }
}
