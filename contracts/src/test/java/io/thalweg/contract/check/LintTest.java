package io.thalweg.contract.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import io.thalweg.contract.FieldRule;
import io.thalweg.contract.MethodKind;
import io.thalweg.contract.MethodRule;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a contract must have whatever was released. */
class LintTest {
  private static List<Finding> lint(Consumer<Shop> change) {
    Findings findings = new Findings();
    new Lint(Shop.contract(change), findings, Lint::sourceOnTheClassPath).check();
    return findings.list();
  }

  private static void faulty(Consumer<Shop> change, Rule rule, String path, String what) {
    assertThat(lint(change))
        .singleElement()
        .satisfies(found -> {
          assertThat(found.rule()).isEqualTo(rule);
          assertThat(found.severity()).isEqualTo(Severity.LINT);
          assertThat(found.path()).isEqualTo(Shop.PACKAGE + path);
          assertThat(found.what()).contains(what);
        });
  }

  @Test
  void theShopIsWellFormed() {
    assertThat(lint(shop -> {})).isEmpty();
  }

  @Test
  void aMethodHasAKindAndARoutingKey() {
    faulty(
        shop -> shop.method(MethodRule.Builder::clearKind),
        Rule.METHOD_RULE,
        "Shop.Order",
        "it has no kind");
    faulty(
        shop -> shop.method(MethodRule.Builder::clearRoutingKey),
        Rule.METHOD_RULE,
        "Shop.Order",
        "a COMMAND needs a routing_key");
    faulty(
        shop -> shop.method(rule -> rule.setRoutingKey("price")),
        Rule.METHOD_RULE,
        "Shop.Order",
        "the request has no string 'price' to route by");
    faulty(
        shop -> shop.method(rule -> rule.setRoutingKey("article")),
        Rule.METHOD_RULE,
        "Shop.Order",
        "'article', which routes it, is not required");
    assertThat(lint(shop -> shop.method(rule -> rule.setKind(MethodKind.SCAN).clearRoutingKey())))
        .isEmpty();
  }

  @Test
  void aWatchThatIsConflatedHasWhatThatTakes() {
    faulty(
        shop -> shop.method(rule -> rule.addConflateBy("id")),
        Rule.METHOD_RULE,
        "Shop.Order",
        "only a WATCH can be conflated");
    faulty(
        shop -> shop.method(rule -> rule.setKind(MethodKind.WATCH).addConflateBy("no.such")),
        Rule.METHOD_RULE,
        "Shop.Order",
        "its items have no field 'no.such' to conflate by");
  }

  @Test
  void aRequestIsNamedAfterItsMethod() {
    assertThat(lint(shop -> shop.order().setName("Buy")))
        .extracting(Finding::rule, Finding::path)
        .contains(
            org.assertj.core.groups.Tuple.tuple(Rule.REQUEST_NAME, Shop.PACKAGE + "Shop.Buy"));
  }

  @Test
  void whatARequestHoldsIsBounded() {
    faulty(
        shop -> shop.rule("OrderRequest", "notes", FieldRule.Builder::clearMaxLength),
        Rule.UNBOUNDED_FIELD,
        "OrderRequest.notes",
        "a list of any length");
    faulty(
        shop -> shop.rule("OrderRequest", "article", FieldRule.Builder::clearMaxLength),
        Rule.UNBOUNDED_FIELD,
        "OrderRequest.article",
        "a string of any length");
  }

  @Test
  void numbersThatEventsDoNotUseAreReserved() {
    faulty(
        shop -> shop.addField("Item", "note", 4, FieldRule.getDefaultInstance()),
        Rule.UNRESERVED_GAP,
        "Item",
        "number 3 is neither used nor reserved");
    assertThat(lint(shop -> shop.addField("Ordered", "note", 4, FieldRule.getDefaultInstance())))
        .isEmpty();
  }

  @Test
  void everyEventHasANumberOfItsOwn() {
    faulty(
        shop -> shop.number("Paid", 1),
        Rule.EVENT_RULE,
        "Paid",
        "number 1 is that of " + Shop.PACKAGE + "Ordered");
    faulty(shop -> shop.number("Paid", 0), Rule.EVENT_RULE, "Paid", "its number is 0");
    faulty(
        shop -> {
          DescriptorProto paid = shop.message("Paid").build();
          shop.removeMessage("Paid");
          shop.message("Item").addNestedType(paid);
        },
        Rule.EVENT_RULE,
        "Item.Paid",
        "it is declared within another message");
  }

  @Test
  void namesAreWrittenAsTheOthersAre() {
    faulty(
        shop -> shop.field("Receipt", "number").setName("theNumber"),
        Rule.NAME_STYLE,
        "Receipt.theNumber",
        "'theNumber'");
    faulty(
        shop -> shop.size().getValueBuilder(2).setName("Large"),
        Rule.NAME_STYLE,
        "Size.Large",
        "'Large'");
    faulty(
        shop -> shop.file().addMessageTypeBuilder().setName("extra_thing"),
        Rule.NAME_STYLE,
        "extra_thing",
        "'extra_thing'");
  }

  @Test
  void zeroSaysThatNothingWasGiven() {
    faulty(
        shop -> shop.size().getValueBuilder(0).setName("TINY"),
        Rule.ENUM_ZERO,
        "Size.TINY",
        "value 0 is 'TINY'");
  }

  @Test
  void aServiceHasANameAndALevel() {
    faulty(
        shop -> shop.service(rule -> rule.setName("The Shop")),
        Rule.SERVICE_RULE,
        "Shop",
        "its name is 'The Shop'");
    faulty(shop -> shop.level(0), Rule.SERVICE_RULE, "Shop", "its level 0");
  }

  @Test
  void aMethodHasAComment() {
    Findings findings = new Findings();
    String source =
        """
        service Shop {
          // Orders something.
          rpc Order(OrderRequest) returns (Receipt);

          rpc ListOrders(ListOrdersRequest) returns (ListOrdersResponse);
        }
        """;
    new Lint(Shop.contract(shop -> {}), findings, file -> source).check();
    assertThat(findings.list())
        .singleElement()
        .satisfies(found -> {
          assertThat(found.rule()).isEqualTo(Rule.MISSING_COMMENT);
          assertThat(found.path()).isEqualTo(Shop.PACKAGE + "Shop.ListOrders");
        });
  }
}
