package io.thalweg.messaging;

import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.MemberChange;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MembersChanged;
import io.thalweg.messaging.v1.Role;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.Objects;

/** What comings and goings do to the tables of a conversation. */
final class AppliedMembers {
  private final ConversationRows rows;

  AppliedMembers(ConversationRows rows) {
    this.rows = rows;
  }

  void changed(MembersChanged event, EventContext context) {
    String conversation = event.getConversation();
    ConversationRow before = rows.conversation(conversation);
    ConversationRow.Builder after = before.toBuilder();
    for (MemberChange change : event.getChangesList()) {
      Pair<String, String> key = new Pair<>(conversation, change.getUser());
      switch (change.getKind()) {
        case ADDED -> added(key, change, after);
        case REMOVED -> removed(key, after);
        case ROLE_GIVEN -> role(key, change.getRole(), after);
        case BANNED -> after.setBanned(after.getBanned() + put(rows.banned(), key));
        case UNBANNED -> after.setBanned(after.getBanned() - take(rows.banned(), key));
        case INVITED_TO -> after.setInvited(after.getInvited() + put(rows.invited(), key));
        case MEMBER_CHANGE_KIND_UNSPECIFIED, UNRECOGNIZED -> {}
      }
    }
    if (!before.getLarge() && after.getMembers() > rows.large()) {
      // Once: those from now on are put there when they come.
      after.setLarge(true);
      for (Table.Row<Pair<String, String>, MemberRow> member :
          rows.members().scan(new Pair<>(conversation, ""), null, Table.MAX_SCAN_ROWS)) {
        if (!member.key().first().equals(conversation)) {
          break;
        }
        rows.clean().put(member.key(), "");
      }
    }
    rows.conversations().replace(conversation, before, after.build());
  }

  private void added(
      Pair<String, String> key, MemberChange change, ConversationRow.Builder conversation) {
    conversation.setInvited(conversation.getInvited() - take(rows.invited(), key));
    rows.members()
        .replace(
            key,
            null,
            MemberRow.newBuilder()
                .setRole(change.getRole())
                .setJoinedSeq(change.getJoinedSeq())
                .setReadSeq(conversation.getLastSeq())
                .setDeliveredSeq(conversation.getLastSeq())
                .build());
    conversation.setMembers(conversation.getMembers() + 1);
    if (conversation.getLarge()) {
      rows.clean().put(key, "");
    }
  }

  private void removed(Pair<String, String> key, ConversationRow.Builder conversation) {
    MemberRow member = Objects.requireNonNull(rows.members().get(key));
    rows.members().delete(key, member);
    rows.clean().delete(key);
    conversation.setMembers(conversation.getMembers() - 1);
    if (member.getRole() == Role.OWNER) {
      conversation.setOwners(conversation.getOwners() - 1);
    }
  }

  private void role(Pair<String, String> key, Role role, ConversationRow.Builder conversation) {
    MemberRow member = Objects.requireNonNull(rows.members().get(key));
    rows.members().replace(key, member, member.toBuilder().setRole(role).build());
    int before = member.getRole() == Role.OWNER ? 1 : 0;
    conversation.setOwners(conversation.getOwners() - before + (role == Role.OWNER ? 1 : 0));
  }

  private static int put(Table<Pair<String, String>, String> table, Pair<String, String> key) {
    boolean there = table.contains(key);
    table.put(key, "");
    return there ? 0 : 1;
  }

  private static int take(Table<Pair<String, String>, String> table, Pair<String, String> key) {
    boolean there = table.contains(key);
    if (there) {
      table.delete(key);
    }
    return there ? 1 : 0;
  }
}
