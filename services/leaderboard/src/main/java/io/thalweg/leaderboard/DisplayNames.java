package io.thalweg.leaderboard;

import io.thalweg.contract.Sealed;
import io.thalweg.leaderboard.Rows.MemberOfBoard;
import io.thalweg.leaderboard.v1.DisplayNameSet;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ForgetMemberRequest;
import io.thalweg.leaderboard.v1.ForgetMemberResponse;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * Display names: personal data, sealed for the member as subject. All boards of a project share the
 * member's key, whichever partitions they are in, so that one command forgets all names.
 *
 * <p>Reads of a board without names cost nothing more; with names, a row and a decryption for each
 * entry.
 */
final class DisplayNames {
  private final BoardIndex index;
  private final Table<MemberOfBoard, Sealed> names;

  DisplayNames(BoardIndex index, Table<MemberOfBoard, Sealed> names) {
    this.index = index;
    this.names = names;
  }

  SetDisplayNameResponse set(SetDisplayNameRequest request, CommandContext context) {
    String board = request.getBoard();
    Bounds.checkName("member", request.getMember());
    Bounds.checkName("display_name", request.getDisplayName());
    int project = context.caller().project();
    if (index.find(project, board) == null) {
      throw Failure.notFound("board", board);
    }
    if (index.names(project, board) >= Bounds.MAX_MEMBERS
        && !names.contains(new MemberOfBoard(board, request.getMember()))) {
      throw Bounds.exhausted(
          "a board has at most " + Bounds.MAX_MEMBERS + " display names; remove members first");
    }
    context.emit(
        DisplayNameSet.newBuilder()
            .setBoard(board)
            .setMember(request.getMember())
            .setDisplayName(context.seal(request.getMember(), request.getDisplayName()))
            .build());
    return SetDisplayNameResponse.getDefaultInstance();
  }

  ForgetMemberResponse forget(ForgetMemberRequest request, CommandContext context) {
    Bounds.checkName("member", request.getMember());
    context.forget(request.getMember());
    return ForgetMemberResponse.getDefaultInstance();
  }

  /** The entries of a board with the display names that are not forgotten. */
  List<Entry> shown(String board, List<Entry> entries, QueryContext context) {
    if (index.names(context.caller().project(), board) == 0) {
      return entries;
    }
    List<Entry> shown = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      Sealed name = names.get(new MemberOfBoard(board, entry.getMember()));
      shown.add(name == null ? entry : shown(entry, name, context));
    }
    return shown;
  }

  private static Entry shown(Entry entry, Sealed name, QueryContext context) {
    return context
        .unsealText(name.toBuilder().setSubject(entry.getMember()).build())
        .map(text -> entry.toBuilder().setDisplayName(text).build())
        .orElse(entry);
  }
}
