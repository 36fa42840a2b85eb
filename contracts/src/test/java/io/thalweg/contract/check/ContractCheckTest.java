package io.thalweg.contract.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import io.thalweg.contract.FieldRule;
import io.thalweg.contract.check.shop.ShopProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is allowed, what needs a higher level, and what is recorded. */
class ContractCheckTest {
  @TempDir Path released;
  private Path directory = Path.of("");

  @BeforeEach
  void setUp() {
    directory = released.resolve("shop");
  }

  @Test
  void newFieldsMethodsAndLooserBoundsAreAllowed() {
    assertThat(
            Shop.after(shop -> {
              shop.addField("OrderRequest", "coupon", 11, FieldRule.getDefaultInstance());
              shop.addField("Receipt", "place", 2, FieldRule.getDefaultInstance());
              shop.rule("OrderRequest", "customer", r -> r.setMaxLength(65).setRequired(false));
              shop.rule("OrderRequest", "count", r -> r.setMin(-1).clearMax());
              shop.rule("OrderRequest", "article", FieldRule.Builder::clearMaxLength);
              shop.file()
                  .getServiceBuilder(0)
                  .addMethodBuilder()
                  .setName("Cancel")
                  .setInputType("." + Shop.PACKAGE + "OrderRequest")
                  .setOutputType("." + Shop.PACKAGE + "Receipt");
            }))
        .isEmpty();
  }

  @Test
  void boundsOfWhatIsOnlyAnsweredOrStoredMayBeTightened() {
    assertThat(
            Shop.after(shop -> {
              shop.rule("Ordered", "customer", rule -> rule.setMaxLength(1));
              shop.rule("Receipt", "number", rule -> rule.setMin(5));
            }))
        .isEmpty();
  }

  @Test
  void anAddedEventNeedsAHigherLevel() {
    Consumer<Shop> change = shop -> shop.addEvent("Refunded", 3);
    assertThat(Shop.after(change))
        .singleElement()
        .satisfies(found -> {
          assertThat(found.rule()).isEqualTo(Rule.EVENT_ADDED);
          assertThat(found.severity()).isEqualTo(Severity.NEEDS_LEVEL);
          assertThat(found.path()).isEqualTo(Shop.PACKAGE + "Refunded");
          assertThat(found.what()).contains("event 3 is new, and the level is still 1");
        });
    assertThat(Shop.after(change.andThen(shop -> shop.level(2)))).isEmpty();
  }

  @Test
  void anAddedFieldOfAnEventOrOfWhatItHoldsNeedsAHigherLevel() {
    for (String message : List.of("Ordered", "Item")) {
      Consumer<Shop> change =
          shop -> shop.addField(message, "note", 4, FieldRule.getDefaultInstance());
      assertThat(Shop.after(change))
          .singleElement()
          .satisfies(found -> {
            assertThat(found.rule()).isEqualTo(Rule.EVENT_FIELD_ADDED);
            assertThat(found.path()).isEqualTo(Shop.PACKAGE + message + ".note");
          });
      assertThat(Shop.after(change.andThen(shop -> shop.level(2)))).isEmpty();
    }
  }

  @Test
  void anAddedValueInEventsIsAWarning() throws IOException {
    run(shop -> {}, true);
    Consumer<Shop> change =
        shop ->
            shop.size()
                .addValue(EnumValueDescriptorProto.newBuilder().setName("MEDIUM").setNumber(3));
    assertThat(Shop.after(change))
        .singleElement()
        .satisfies(found -> assertThat(found.severity()).isEqualTo(Severity.WARNING));
    assertThatCode(() -> run(change, false)).doesNotThrowAnyException();
  }

  @Test
  void aContractWithoutARecordIsRefused() {
    assertThatThrownBy(() -> run(shop -> {}, false))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("no release of the contract of shop is recorded")
        .hasMessageContaining("-Dcontract=record");
  }

  @Test
  void aReleaseIsRecordedAndComparedWithFromThenOn() {
    run(shop -> {}, true);
    run(shop -> {}, false);
    run(shop -> shop.level(2), true);
    assertThat(Releases.in(directory).levels()).containsExactly(1, 2);
    assertThatThrownBy(() -> run(shop -> shop.removeField("Paid", "customer"), false))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("BREAKING LEVEL_LOWERED")
        .hasMessageContaining("BREAKING FIELD_REMOVED " + Shop.PACKAGE + "Paid.customer")
        .hasMessageContaining("instead: keep the field and mark it [deprecated = true]");
  }

  @Test
  void everyReleaseIsComparedWithNotOnlyTheLast() {
    run(shop -> {}, true);
    run(shop -> shop.level(2), true);
    Consumer<Shop> third =
        shop -> {
          shop.level(3);
          shop.addField("Paid", "note", 2, FieldRule.getDefaultInstance());
        };
    run(third, true);
    assertThat(found(shop -> shop.level(4)))
        .singleElement()
        .satisfies(found -> assertThat(found.release()).isEqualTo(3));
  }

  @Test
  void aReleaseOfTheSameLevelMayBeRecordedAgainUnlessItBreaksTheOneBefore() throws IOException {
    run(shop -> {}, true);
    run(shop -> shop.addField("Receipt", "place", 2, FieldRule.getDefaultInstance()), true);
    byte[] before = Files.readAllBytes(directory.resolve("1.binpb"));
    assertThatThrownBy(() -> run(shop -> {}, true))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Receipt.place");
    assertThat(directory.resolve("1.binpb")).hasBinaryContent(before);
  }

  @Test
  void aServiceThatTakesAnotherNameIsComparedWithWhatItWasBefore() {
    run(shop -> {}, true);
    Consumer<Shop> renamed = shop -> shop.service(rule -> rule.setName("store"));
    ContractCheck check =
        new ContractCheck(
            "store", 1, Shop.changed(renamed), Releases.in(released.resolve("store")));
    assertThatThrownBy(() -> check.run(true))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("BREAKING SERVICE_NAME_CHANGED " + Shop.PACKAGE + "Shop");
    assertThat(released.resolve("store")).doesNotExist();
  }

  @Test
  void levelsWithoutAGoldenLogAreNamed() throws IOException {
    run(shop -> {}, true);
    run(shop -> shop.level(2), true);
    Releases releases = Releases.in(directory);
    Files.createDirectories(releases.goldenOf(1));
    Files.writeString(releases.goldenOf(1).resolve("log"), "");
    assertThat(releases.levelsWithout("log")).containsExactly(2);
  }

  @Test
  void aCompiledContractIsReadAsItIsRecorded() throws IOException {
    assertThat(Contract.of(DescriptorSets.of(ShopProto.getDescriptor()), 1).events())
        .containsOnlyKeys(1, 2);
    run(shop -> {}, true);
    byte[] recorded = Files.readAllBytes(directory.resolve("1.binpb"));
    assertThat(recorded).isEqualTo(DescriptorSets.of(ShopProto.getDescriptor()).toByteArray());
  }

  private void run(Consumer<Shop> change, boolean record) {
    check(change).run(record);
  }

  private List<Finding> found(Consumer<Shop> change) {
    return check(change).findings();
  }

  private ContractCheck check(Consumer<Shop> change) {
    return new ContractCheck(
        "shop", Shop.contract(change).level(), Shop.changed(change), Releases.in(directory));
  }
}
