package io.thalweg.contract.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.DescriptorProtos.DescriptorProto.ReservedRange;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import io.thalweg.contract.FieldRule;
import io.thalweg.contract.MethodKind;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Every way to break what was released is found, with its place, and with whom it breaks. */
class BreakingChangesTest {
  private static final String FILE = "thalweg/contract/check/shop.proto";

  /** Exactly this is found. */
  private static void breaks(
      Consumer<Shop> change, Rule rule, String path, String what, String... whom) {
    expect(Shop.after(change), rule, path, what, whom);
  }

  private static void expect(
      List<Finding> found, Rule rule, String path, String what, String... whom) {
    assertThat(found).hasSize(1);
    Finding finding = found.getFirst();
    assertThat(finding.rule()).isEqualTo(rule);
    assertThat(finding.file()).isEqualTo(FILE);
    assertThat(finding.path()).isEqualTo(Shop.PACKAGE + path);
    assertThat(finding.what()).contains(what);
    assertThat(finding.breaks()).isNotEmpty();
    for (String each : whom) {
      assertThat(finding.breaks()).contains(each);
    }
    assertThat(finding.release()).isEqualTo(1);
    assertThat(finding.toString()).contains("instead: " + rule.instead());
  }

  @Test
  void noChangeBreaksNothing() {
    assertThat(Shop.after(shop -> {})).isEmpty();
  }

  @Test
  void aFieldIsRemoved() {
    breaks(
        shop -> shop.removeField("Ordered", "customer"),
        Rule.FIELD_REMOVED,
        "Ordered.customer",
        "field 1 is gone",
        "stored events (their value for it is lost");
    breaks(
        shop -> shop.removeField("OrderRequest", "price"),
        Rule.FIELD_REMOVED,
        "OrderRequest.price",
        "field 4 is gone",
        "clients on the wire",
        "JSON clients (a request that names it is refused)");
  }

  @Test
  void aChangeOfAnEventAloneIsNotSaidToBreakClients() {
    assertThat(Shop.after(shop -> shop.removeField("Paid", "customer")).getFirst().breaks())
        .startsWith("stored events")
        .doesNotContain("clients");
  }

  @Test
  void aFieldIsRenamed() {
    breaks(
        shop -> shop.field("OrderRequest", "price").setName("cost").setJsonName("cost"),
        Rule.FIELD_RENAMED,
        "OrderRequest.price",
        "field 4 is now 'cost'",
        "JSON clients (they use the old name)");
    breaks(
        shop -> shop.field("OrderRequest", "price").setJsonName("cost"),
        Rule.FIELD_RENAMED,
        "OrderRequest.price",
        "in JSON 'cost'",
        "JSON clients");
  }

  @Test
  void aFieldIsRenumbered() {
    breaks(
        shop -> shop.field("Item", "article").setNumber(4),
        Rule.FIELD_RENUMBERED,
        "Item.article",
        "its number was 1 and is 4",
        "stored events (they hold the value under the old number");
  }

  @Test
  void aTypeIsChanged() {
    breaks(
        shop -> shop.field("OrderRequest", "count").setType(FieldDescriptorProto.Type.TYPE_INT64),
        Rule.FIELD_TYPE_CHANGED,
        "OrderRequest.count",
        "its type was int32 and is int64",
        "clients on the wire (their bytes are read as something else");
    breaks(
        shop ->
            shop.field("ListOrdersResponse", "receipts")
                .setTypeName("." + Shop.PACKAGE + "ListOrdersRequest"),
        Rule.FIELD_TYPE_CHANGED,
        "ListOrdersResponse.receipts",
        "its type was " + Shop.PACKAGE + "Receipt and is " + Shop.PACKAGE + "ListOrdersRequest",
        "JSON clients (the value is written in another form)");
  }

  @Test
  void aLabelIsChanged() {
    breaks(
        shop -> shop.field("Item", "article").setLabel(FieldDescriptorProto.Label.LABEL_REPEATED),
        Rule.FIELD_LABEL_CHANGED,
        "Item.article",
        "its label was singular and is repeated",
        "stored events (one value, several and none are told apart in another way)");
  }

  @Test
  void aFieldMovesIntoAOneof() {
    breaks(
        shop -> shop.field("OrderRequest", "article").setOneofIndex(0),
        Rule.FIELD_ONEOF_CHANGED,
        "OrderRequest.article",
        "its oneof was none and is 'payment'",
        "clients on the wire (setting one field now clears or keeps another)");
  }

  @Test
  void aNewRequestFieldRefusesThoseWhoDoNotKnowIt() {
    breaks(
        shop ->
            shop.addField(
                "OrderRequest", "coupon", 11, FieldRule.newBuilder().setRequired(true).build()),
        Rule.FIELD_ADDED_REQUIRED,
        "OrderRequest.coupon",
        "the field is new and required",
        "clients on the wire (they do not know the field, and their requests are refused)");
    breaks(
        shop ->
            shop.addField(
                "OrderRequest", "coupon", 11, FieldRule.newBuilder().setMinLength(2).build()),
        Rule.FIELD_ADDED_REQUIRED,
        "OrderRequest.coupon",
        "must have 2 or more",
        "JSON clients");
  }

  @Test
  void aBoundOfARequestIsTightened() {
    tightened("count", rule -> rule.setMin(1), "min was 0 and is 1");
    tightened("count", rule -> rule.setMax(99), "max was 100 and is 99");
    tightened("count", rule -> rule.setRequired(true), "it became required");
    tightened("article", rule -> rule.setMaxLength(63), "max_length was 64 and is 63");
    tightened("article", rule -> rule.setMinLength(1), "min_length was 0 and is 1");
    tightened("price", rule -> rule.setFinite(true), "it must be finite now");
    tightened("weight_grams", rule -> rule.setMax(-1), "max was none and is -1");
    tightened("notes", rule -> rule.setMaxLength(9), "max_length was 10 and is 9");
  }

  private static void tightened(String field, Consumer<FieldRule.Builder> bound, String what) {
    breaks(
        shop -> shop.rule("OrderRequest", field, bound),
        Rule.BOUND_TIGHTENED,
        "OrderRequest." + field,
        what,
        "clients on the wire (requests that were accepted are refused)");
  }

  @Test
  void whatWasReservedIsUsed() {
    breaks(
        shop -> {
          shop.message("OrderRequest")
              .setReservedRange(0, ReservedRange.newBuilder().setStart(9).setEnd(10));
          shop.addField("OrderRequest", "coupon", 8, FieldRule.getDefaultInstance());
        },
        Rule.RESERVED_REUSED,
        "OrderRequest.coupon",
        "its number 8 was reserved",
        "clients on the wire (old values under it are read as the new field)");
    breaks(
        shop -> {
          shop.message("OrderRequest").clearReservedName();
          shop.addField("OrderRequest", "color", 11, FieldRule.getDefaultInstance());
        },
        Rule.RESERVED_REUSED,
        "OrderRequest.color",
        "its name was reserved");
  }

  @Test
  void aReservationIsDropped() {
    breaks(
        shop ->
            shop.message("OrderRequest")
                .setReservedRange(0, ReservedRange.newBuilder().setStart(8).setEnd(9)),
        Rule.RESERVED_DROPPED,
        "OrderRequest",
        "number 9 is no longer reserved");
    breaks(
        shop -> shop.size().clearReservedName(),
        Rule.RESERVED_DROPPED,
        "Size",
        "the name 'HUGE' is no longer reserved");
    breaks(
        shop -> shop.size().getReservedRangeBuilder(0).setEnd(5),
        Rule.RESERVED_DROPPED,
        "Size",
        "number 6 is no longer reserved");
  }

  @Test
  void aReservedValueOfAnEnumIsUsed() {
    expect(
        Shop.between(
            shop -> {},
            shop -> {
              shop.level(2);
              shop.size().clearReservedName();
              shop.size()
                  .addValue(EnumValueDescriptorProto.newBuilder().setName("HUGE").setNumber(3));
            }),
        Rule.RESERVED_REUSED,
        "Size.HUGE",
        "was reserved",
        "stored events");
  }

  @Test
  void aMessageIsRemoved() {
    Consumer<Shop> more = shop -> shop.file().addMessageTypeBuilder().setName("Extra");
    expect(Shop.between(more, shop -> {}), Rule.MESSAGE_REMOVED, "Extra", "the message is gone");
  }

  @Test
  void anEnumIsRemoved() {
    Consumer<Shop> more =
        shop ->
            shop.file()
                .addEnumTypeBuilder()
                .setName("Extra")
                .addValueBuilder()
                .setName("EXTRA_UNSPECIFIED")
                .setNumber(0);
    expect(Shop.between(more, shop -> {}), Rule.ENUM_REMOVED, "Extra", "the enum is gone");
  }

  @Test
  void aValueOfAnEnumIsRemovedRenumberedOrRenamed() {
    breaks(
        shop -> shop.size().removeValue(2),
        Rule.ENUM_VALUE_REMOVED,
        "Size.LARGE",
        "value 2 is gone",
        "stored events (they hold its number",
        "JSON clients (they send its name, and are refused)");
    breaks(
        shop -> shop.size().getValueBuilder(2).setNumber(3),
        Rule.ENUM_VALUE_RENUMBERED,
        "Size.LARGE",
        "its number was 2 and is 3",
        "stored events (they hold the old number");
    breaks(
        shop -> shop.size().getValueBuilder(2).setName("BIG"),
        Rule.ENUM_VALUE_RENAMED,
        "Size.LARGE",
        "value 2 is now 'BIG'",
        "JSON clients (they send and read the old name)");
  }

  @Test
  void anEventIsRemoved() {
    List<Finding> found = Shop.after(shop -> shop.removeMessage("Paid"));
    assertThat(found).extracting(Finding::rule).contains(Rule.MESSAGE_REMOVED);
    expect(
        found.stream().filter(each -> each.rule() != Rule.MESSAGE_REMOVED).toList(),
        Rule.EVENT_REMOVED,
        "Paid",
        "event 2 is gone",
        "stored events (a replay meets an event that is not known and stops)");
    breaks(
        shop -> shop.message("Paid").clearOptions(),
        Rule.EVENT_REMOVED,
        "Paid",
        "event 2 is gone",
        "stored events");
  }

  @Test
  void theNumberOfAnEventIsChanged() {
    breaks(
        shop -> shop.number("Paid", 3),
        Rule.EVENT_NUMBER_CHANGED,
        "Paid",
        "its number was 2 and is 3",
        "stored events (they stand in logs under the old number");
  }

  @Test
  void theNumberOfAnEventIsUsedForAnother() {
    List<Finding> found =
        Shop.after(shop -> {
          shop.message("Paid").clearOptions();
          shop.addEvent("Refunded", 2);
        });
    expect(
        found.stream().filter(each -> each.rule() != Rule.EVENT_REMOVED).toList(),
        Rule.EVENT_NUMBER_REUSED,
        "Refunded",
        "number 2 is that of " + Shop.PACKAGE + "Paid",
        "stored events (those of the old type are read as the new one)");
  }

  @Test
  void theServiceIsRemoved() {
    breaks(
        shop -> shop.file().getServiceBuilder(0).setName("Store"),
        Rule.SERVICE_REMOVED,
        "Shop",
        "the service is gone",
        "clients on the wire (every call is refused)");
  }

  @Test
  void theServiceGetsAnotherName() {
    breaks(
        shop -> shop.service(rule -> rule.setName("store")),
        Rule.SERVICE_NAME_CHANGED,
        "Shop",
        "its name was shop and is store",
        "stored events (logs and stored rows are found by the old name)");
  }

  @Test
  void theLevelIsLowered() {
    expect(
        Shop.between(shop -> shop.level(1), shop -> shop.level(0)),
        Rule.LEVEL_LOWERED,
        "Shop",
        "contract_level was 1 and is 0",
        "stored events (logs say that a higher level wrote them)");
  }

  @Test
  void theLevelOfAContractWithoutAServiceIsLowered() {
    Contract events = Contract.of(Shop.changed(shop -> shop.file().clearService()), 2);
    Contract lower = Contract.of(Shop.changed(shop -> shop.file().clearService()), 1);
    Findings findings = new Findings();
    Comparison.compare(events, lower, findings);
    assertThat(findings.list())
        .singleElement()
        .satisfies(found -> {
          assertThat(found.rule()).isEqualTo(Rule.LEVEL_LOWERED);
          assertThat(found.path()).isEqualTo(FILE);
          assertThat(found.what()).contains("was 2 and is 1");
        });
  }

  @Test
  void aMethodIsRemoved() {
    breaks(
        shop -> shop.file().getServiceBuilder(0).removeMethod(0),
        Rule.METHOD_REMOVED,
        "Shop.Order",
        "the method is gone",
        "clients on the wire (the call is refused)");
  }

  @Test
  void theKindOfAMethodIsChanged() {
    breaks(
        shop -> shop.method(rule -> rule.setKind(MethodKind.SCAN)),
        Rule.METHOD_KIND_CHANGED,
        "Shop.Order",
        "its kind was COMMAND and is SCAN");
  }

  @Test
  void theRoutingKeyIsChanged() {
    breaks(
        shop -> shop.method(rule -> rule.setRoutingKey("article")),
        Rule.ROUTING_KEY_CHANGED,
        "Shop.Order",
        "its routing key was 'customer' and is 'article'",
        "stored events (the rows of a key are in another slot",
        "clients on the wire (requests reach another partition than before)");
  }

  @Test
  void theRequestTheReplyOrTheFormOfAMethodIsChanged() {
    expect(
        Shop.between(
            shop -> {},
            shop -> shop.order().setInputType("." + Shop.PACKAGE + "ListOrdersRequest")),
        Rule.REQUEST_TYPE_CHANGED,
        "Shop.Order",
        "its request was " + Shop.PACKAGE + "OrderRequest",
        "clients on the wire");
    breaks(
        shop -> shop.order().setOutputType("." + Shop.PACKAGE + "ListOrdersResponse"),
        Rule.REPLY_TYPE_CHANGED,
        "Shop.Order",
        "its reply was " + Shop.PACKAGE + "Receipt",
        "clients on the wire");
    breaks(
        shop -> shop.order().setServerStreaming(true),
        Rule.STREAMING_CHANGED,
        "Shop.Order",
        "its form was one request to one answer and is one request to stream");
  }

  @Test
  void aPathOrAVerbIsChangedOrRemoved() {
    http(
        rule -> rule.setPost("/v1/orders"),
        "'POST /v1/customers/{customer}/orders body *' is gone");
    http(
        rule -> rule.setPatch("/v1/customers/{customer}/orders"),
        "'POST /v1/customers/{customer}/orders body *' is gone");
    http(
        HttpRule.Builder::clearAdditionalBindings,
        "'PUT /v1/customers/{customer}/orders body *' is gone");
  }

  private static void http(Consumer<HttpRule.Builder> change, String what) {
    breaks(
        shop -> {
          HttpRule.Builder rule =
              shop.order().getOptions().getExtension(AnnotationsProto.http).toBuilder();
          change.accept(rule);
          shop.order().getOptionsBuilder().setExtension(AnnotationsProto.http, rule.build());
        },
        Rule.HTTP_CHANGED,
        "Shop.Order",
        what,
        "JSON clients (they call the old path and verb");
  }
}
