package io.thalweg.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.keys.space.BlockedWords;
import io.thalweg.keys.space.KeyText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers are written as texts and read again, and wrong characters are found. */
class KeyTextTest {
  private static final String ALL =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

  @Test
  void everyNumberHasATextOfItsOwnInAscendingOrder() {
    for (String alphabet : List.of("01", "abc", "0123456789", "23456789abcdefghjkmnpqrstuvwxyz")) {
      for (int length = 1; KeyText.sizeOf(alphabet.length(), length) < 40_000; length++) {
        KeyText text = new KeyText(alphabet, length, false);
        String before = "";
        for (long number = 0; number < text.size(); number++) {
          String now = text.text(number);
          assertThat(now).hasSize(length).isGreaterThan(before);
          assertThat(text.number(now)).isEqualTo(number);
          before = now;
        }
      }
    }
  }

  @Test
  void theGreatestNumbersAreWrittenRight() {
    for (int symbols : new int[] {4, 10, 32, 62, 64}) {
      KeyText text =
          new KeyText(ALL.substring(0, symbols), KeyText.lengthOfAnyNumber(symbols), false);
      for (long number : new long[] {0, 1, Long.MAX_VALUE - 1, Long.MAX_VALUE, 1L << 62}) {
        assertThat(text.number(text.text(number))).isEqualTo(number);
      }
      assertThat(text.number(ALL.substring(symbols - 1, symbols).repeat(text.textLength())))
          .as("more than 63 bits")
          .isEqualTo(-1);
    }
    assertThat(new KeyText("0123456789", 19, false).text(Long.MAX_VALUE))
        .isEqualTo("9223372036854775807");
  }

  @Test
  void everySingleWrongCharacterIsFound() {
    for (int symbols = 2; symbols <= 64; symbols += symbols < 12 ? 1 : 5) {
      String alphabet = ALL.substring(0, symbols);
      KeyText text = new KeyText(alphabet, 5, true);
      for (long number = 0; number < text.size(); number += 1 + text.size() / 97) {
        String key = text.text(number);
        assertThat(text.number(key)).isEqualTo(number);
        for (int at = 0; at < key.length(); at++) {
          for (int other = 0; other < symbols; other++) {
            String wrong = key.substring(0, at) + alphabet.charAt(other) + key.substring(at + 1);
            assertThat(text.number(wrong) >= 0)
                .as("%s for %s of %d", wrong, key, symbols)
                .isEqualTo(wrong.equals(key));
          }
        }
      }
    }
  }

  @Test
  void everyExchangeOfNeighboursIsFoundIfTheAlphabetIsOdd() {
    assertThat(missedExchanges("23456789abcdefghjkmnpqrstuvwxyz")).isZero();
    assertThat(missedExchanges("012")).isZero();
  }

  @Test
  void nearlyEveryExchangeOfNeighboursIsFoundIfTheAlphabetIsEven() {
    assertThat(missedExchanges(ALL.substring(0, 36))).isLessThan(0.005);
    assertThat(missedExchanges("0123456789")).isLessThan(0.03);
  }

  private static double missedExchanges(String alphabet) {
    KeyText text = new KeyText(alphabet, 4, true);
    int all = 0;
    int missed = 0;
    for (long number = 0; number < text.size(); number += 1 + text.size() / 5_003) {
      char[] key = text.text(number).toCharArray();
      for (int at = 0; at + 1 < key.length; at++) {
        if (key[at] != key[at + 1]) {
          char[] swapped = key.clone();
          swapped[at] = key[at + 1];
          swapped[at + 1] = key[at];
          all++;
          missed += text.number(new String(swapped)) >= 0 ? 1 : 0;
        }
      }
    }
    assertThat(all).isPositive();
    return (double) missed / all;
  }

  /** ISO/IEC 7064 MOD 11,10: the check character of 0794 is 5, an example of the standard. */
  @Test
  void theCheckCharacterIsThatOfTheStandard() {
    assertThat(new KeyText("0123456789", 4, true).text(794)).isEqualTo("07945");
  }

  @Test
  void whatIsNotOfTheFormIsNoKey() {
    KeyText text = new KeyText("0123456789", 4, true);
    List<Long> numbers = new ArrayList<>();
    for (String other : List.of("", "0794", "079455", "0794x", "07944", "0794\u0665")) {
      numbers.add(text.number(other));
    }
    assertThat(numbers).containsOnly(-1L);
    assertThat(text.hasForm("07944")).isTrue();
    assertThat(text.checkCharacter("07944")).isEqualTo('5');
  }

  @Test
  void blockedWordsAreFoundInEveryGuise() {
    BlockedWords words = new BlockedWords(List.of("fool", "foolish", "Cat", "x1"));
    for (String key : List.of("fool", "aF00Lb", "xxfoolish", "c4t", "zzCAT", "xl", "7xI")) {
      assertThat(words.isIn(ascii(key))).as(key).isTrue();
    }
    for (String key : List.of("fo0", "f0o1a".substring(0, 3), "ca", "c-at", "1x", "")) {
      assertThat(words.isIn(ascii(key))).as(key).isFalse();
    }
    assertThat(words.isEmpty()).isFalse();
    assertThat(new BlockedWords(List.of()).isEmpty()).isTrue();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
