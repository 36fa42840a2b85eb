package io.thalweg.contract.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What is looked for. Every rule says whom a change breaks: stored events (logs that were written
 * before), clients on the wire (built against an earlier release), JSON clients (they use names).
 */
public enum Rule {
  MESSAGE_REMOVED(
      "they hold it, and a replay stops at it",
      "their requests or answers have no meaning any more",
      "",
      "keep the message; mark it [deprecated = true]"),
  FIELD_REMOVED(
      "their value for it is lost in a replay, and the tables come out different",
      "what they send in it is dropped, what they read from it is empty",
      "a request that names it is refused",
      "keep the field and mark it [deprecated = true]; stop using it in new code"),
  FIELD_RENAMED(
      "the log's readers find the value under another name",
      "",
      "they use the old name",
      "keep the name; if the meaning changes, add a field"),
  FIELD_RENUMBERED(
      "they hold the value under the old number, and a replay does not see it",
      "they write and read the old number",
      "",
      "keep the number"),
  FIELD_TYPE_CHANGED(
      "their bytes are read as something else or not at all",
      "their bytes are read as something else or not at all",
      "the value is written in another form",
      "add a field of the new type and keep this one; or a new event, and upcast the old one"),
  FIELD_LABEL_CHANGED(
      "one value, several and none are told apart in another way",
      "one value, several and none are told apart in another way",
      "a list and a single value are written in another form",
      "add a field with the new label and keep this one"),
  FIELD_ONEOF_CHANGED(
      "those that hold several of the fields lose all but the last",
      "setting one field now clears or keeps another",
      "",
      "add a field to the oneof and keep this one where it is"),
  FIELD_ADDED_REQUIRED(
      "",
      "they do not know the field, and their requests are refused",
      "they do not know the field, and their requests are refused",
      "let the field be absent, with a default that keeps the old meaning; or add a method"),
  BOUND_TIGHTENED(
      "",
      "requests that were accepted are refused",
      "requests that were accepted are refused",
      "keep the bound; or add a field or a method with the new one"),
  RESERVED_REUSED(
      "old values under it are read as the new field",
      "old values under it are read as the new field",
      "",
      "take a number and a name that were never used"),
  RESERVED_DROPPED(
      "the way is open to use the number or the name again",
      "the way is open to use the number or the name again",
      "",
      "put the reserved statement back"),
  ENUM_REMOVED("they hold its values", "they send and read its values", "", "keep the enum"),
  ENUM_VALUE_REMOVED(
      "they hold its number, which then means nothing",
      "they send its number, and are refused",
      "they send its name, and are refused",
      "keep the value and mark it [deprecated = true]"),
  ENUM_VALUE_RENUMBERED(
      "they hold the old number, which then means something else or nothing",
      "they send and read the old number",
      "",
      "keep the number"),
  ENUM_VALUE_RENAMED(
      "the log's readers find the value under another name",
      "",
      "they send and read the old name",
      "keep the name; if the meaning changes, add a value"),
  EVENT_REMOVED(
      "a replay meets an event that is not known and stops",
      "",
      "",
      "keep the event with its number; to stop emitting it, upcast it to the new one"),
  EVENT_NUMBER_CHANGED(
      "they stand in logs under the old number, and a replay stops at them",
      "",
      "",
      "keep the number"),
  EVENT_NUMBER_REUSED(
      "those of the old type are read as the new one",
      "",
      "",
      "give the new event a number that was never used"),
  SERVICE_REMOVED("", "every call is refused", "", "keep the service beside the new one"),
  SERVICE_NAME_CHANGED(
      "logs and stored rows are found by the old name",
      "",
      "",
      "keep the name in (thalweg.service); it never changes"),
  LEVEL_LOWERED(
      "logs say that a higher level wrote them",
      "",
      "",
      "keep contract_level at least at the highest recorded release"),
  METHOD_REMOVED("", "the call is refused", "", "keep the method and mark it [deprecated = true]"),
  METHOD_KIND_CHANGED(
      "", "a call has other guarantees or another form", "", "add a method of the new kind"),
  ROUTING_KEY_CHANGED(
      "the rows of a key are in another slot than its requests reach",
      "requests reach another partition than before",
      "",
      "keep the routing key; or add a method, routed by the new one"),
  REQUEST_TYPE_CHANGED("", "what they send is read as another message", "", "add a method"),
  REPLY_TYPE_CHANGED("", "what they get is another message", "", "add a method"),
  STREAMING_CHANGED("", "one answer and a stream are not the same call", "", "add a method"),
  HTTP_CHANGED(
      "",
      "",
      "they call the old path and verb, and get another method or 404",
      "keep the old binding; add the new one under additional_bindings"),

  EVENT_ADDED(
      Severity.NEEDS_LEVEL,
      "an older release, after a roll back, stops at the event",
      "raise contract_level by one, and record the release when it is out"),
  EVENT_FIELD_ADDED(
      Severity.NEEDS_LEVEL,
      "an older release, after a roll back, passes over the field without a word",
      "raise contract_level by one, and record the release when it is out"),
  EVENT_ENUM_VALUE_ADDED(
      Severity.WARNING,
      "an older release, after a roll back, does not know the value",
      "raise contract_level if an older release must not read such events"),

  SERVICE_RULE(
      Severity.LINT,
      "",
      "give (thalweg.service) a name of 1 to 63 of a-z, 0-9, '-', and a contract_level of at least"
          + " 1"),
  METHOD_RULE(
      Severity.LINT,
      "",
      "give (thalweg.method) a kind, and a routing_key that names a required string of the"
          + " request"),
  REQUEST_NAME(Severity.LINT, "", "name the request after its method, with Request at the end"),
  UNBOUNDED_FIELD(
      Severity.LINT, "", "give the field a max_length in (thalweg.field): everything is bounded"),
  EVENT_RULE(
      Severity.LINT,
      "",
      "give every event a number of its own from 1 on, and declare it at the top level of its"
          + " file"),
  UNRESERVED_GAP(Severity.LINT, "", "reserve the numbers that are not used, or use them"),
  NAME_STYLE(
      Severity.LINT,
      "",
      "UpperCamel for messages, enums, services and methods, lower_snake for fields, UPPER_SNAKE"
          + " for values"),
  ENUM_ZERO(
      Severity.LINT, "", "let value 0 say that nothing was given: a name that ends in UNSPECIFIED"),
  MISSING_COMMENT(Severity.LINT, "", "say in a comment what the method does");

  private final Severity severity;
  private final String events;
  private final String wire;
  private final String json;
  private final String instead;

  Rule(String events, String wire, String json, String instead) {
    severity = Severity.BREAKING;
    this.events = events;
    this.wire = wire;
    this.json = json;
    this.instead = instead;
  }

  Rule(Severity severity, String events, String instead) {
    this.severity = severity;
    this.events = events;
    wire = "";
    json = "";
    this.instead = instead;
  }

  /** What a finding of it does to the build. */
  public Severity severity() {
    return severity;
  }

  /** What to do instead. */
  public String instead() {
    return instead;
  }

  /** Whom it breaks where the changed thing is used so; all that it can break, if nowhere. */
  String breaks(Set<Use> uses) {
    List<String> all = new ArrayList<>();
    boolean anywhere = uses.isEmpty();
    if (anywhere || uses.contains(Use.EVENT)) {
      add(all, "stored events", events);
    }
    if (anywhere || uses.contains(Use.REQUEST) || uses.contains(Use.REPLY)) {
      add(all, "clients on the wire", wire);
      add(all, "JSON clients", json);
    }
    return String.join("; ", all);
  }

  private static void add(List<String> all, String whom, String how) {
    if (!how.isEmpty()) {
      all.add(whom + " (" + how + ")");
    }
  }
}
