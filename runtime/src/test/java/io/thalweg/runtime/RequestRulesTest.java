package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.test.Bounded;
import io.thalweg.runtime.test.Misplaced;
import org.junit.jupiter.api.Test;

/** Every kind of bound is checked and named. */
class RequestRulesTest {
  private static final RequestRules RULES = RequestRules.of(Bounded.getDescriptor());

  private static Bounded.Builder good() {
    return Bounded.newBuilder().addNames("a").setOpen("b");
  }

  private static String problem(Bounded.Builder request) {
    try {
      RULES.check(request.build());
      return "";
    } catch (Failure failure) {
      return String.valueOf(failure.getMessage());
    }
  }

  @Test
  void whatIsWithinTheBoundsPasses() {
    assertThatCode(() ->
            RULES.check(
                good()
                    .setSmall(100)
                    .setWide(100)
                    .setReal(1.5f)
                    .addNumbers(1)
                    .addNumbers(9)
                    .addReals(-0.0)
                    .setData(ByteString.copyFromUtf8("abc"))
                    .setNumber(-1)
                    .putInners("k", Bounded.Inner.getDefaultInstance())
                    .build()))
        .doesNotThrowAnyException();
  }

  @Test
  void unsignedNumbersAreComparedAsSuch() {
    assertThat(problem(good().setSmall((int) 4_000_000_000L)))
        .isEqualTo("small must be at most 100; got 4000000000");
    assertThat(problem(good().setWide(-1)))
        .isEqualTo("wide must be at most 100; got 18446744073709551615");
  }

  @Test
  void realNumbersAreFiniteAloneAndInLists() {
    assertThat(problem(good().setReal(Float.NaN)))
        .isEqualTo("real must be a finite number; got NaN");
    assertThat(problem(good().addReals(1).addReals(Double.POSITIVE_INFINITY)))
        .isEqualTo("reals[1] must be a finite number; got Infinity");
  }

  @Test
  void elementsOfAListAreWithinTheBounds() {
    assertThat(problem(good().addNumbers(5).addNumbers(10)))
        .isEqualTo("numbers[1] must be from 1 to 9; got 10");
  }

  @Test
  void whatIsRequiredIsThere() {
    assertThat(problem(Bounded.newBuilder().setOpen("b")))
        .isEqualTo("names must have at least 1 elements; got 0");
    assertThat(problem(Bounded.newBuilder().addNames("a")))
        .isEqualTo("open must have at least 1 bytes of UTF-8; got 0");
  }

  @Test
  void lengthsOfBytesAreBounded() {
    assertThat(problem(good().setData(ByteString.copyFromUtf8("abcd"))))
        .isEqualTo("data must have 0 to 3 bytes; got 4");
  }

  @Test
  void nestedMessagesAreCheckedInOneofsAndMaps() {
    assertThat(problem(good().setInner(Bounded.Inner.newBuilder().setValue(-1))))
        .isEqualTo("inner.value must be at least 0; got -1");
    assertThat(problem(good().putInners("k", Bounded.Inner.newBuilder().setValue(-1).build())))
        .isEqualTo("inners[0].value.value must be at least 0; got -1");
    assertThat(problem(good().setNumber(2))).isEqualTo("number must be from -1 to 1; got 2");
  }

  @Test
  void allViolationsAreNamedUpToABound() {
    Bounded.Builder request = good().setSmall(101);
    for (int i = 0; i < 100; i++) {
      request.addNumbers(0);
    }
    assertThat(problem(request).split(";")).hasSize(2 * RequestRules.MAX_VIOLATIONS);
  }

  @Test
  void aBoundThatItsTypeCannotHaveIsAMistakeInTheContract() {
    assertThatThrownBy(() -> RequestRules.of(Misplaced.getDescriptor()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("thalweg.test.Misplaced.name");
  }
}
