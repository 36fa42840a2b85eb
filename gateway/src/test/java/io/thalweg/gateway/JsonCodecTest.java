package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import io.thalweg.gateway.test.Everything;
import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCodecTest {
  private static final MessageShape SHAPE = MessageShape.of(Everything.getDescriptor());

  @Property(tries = 300)
  void whatIsWrittenIsWhatProtobufsOwnJsonReads(@ForAll long seed)
      throws InvalidProtocolBufferException {
    Everything message = new RandomMessages(seed).next();

    Everything.Builder read = Everything.newBuilder();
    JsonFormat.parser().merge(write(message), read);

    assertThat(read.build()).isEqualTo(message);
  }

  @Property(tries = 300)
  void whatProtobufsOwnJsonWritesIsReadBack(@ForAll long seed)
      throws InvalidProtocolBufferException {
    Everything message = new RandomMessages(seed).next();

    assertThat(read(JsonFormat.printer().print(message))).isEqualTo(message);
    assertThat(read(JsonFormat.printer().preservingProtoFieldNames().print(message)))
        .isEqualTo(message);
  }

  @Property(tries = 300)
  void whatIsWrittenIsReadBack(@ForAll long seed) {
    Everything message = new RandomMessages(seed).next();

    assertThat(read(write(message))).isEqualTo(message);
  }

  @Property(tries = 1000)
  void anyTruncationIsAnErrorAndNothingElse(@ForAll long seed) {
    String json = write(new RandomMessages(seed).next());
    int cut = (int) Math.floorMod(seed, (long) json.length());

    assertThatThrownBy(() -> read(json.substring(0, cut))).isInstanceOf(Failure.class);
  }

  @Test
  void wellKnownTypesHaveTheirOwnForm() throws InvalidProtocolBufferException {
    String json =
        """
        {"time":"2026-01-02T03:04:05.678Z","duration":"1.500s","wrapped":"x",
         "struct":{"a":[1,"b",null]},"value":null,"mask":"aBool,inner.time"}
        """;
    Everything.Builder expected = Everything.newBuilder();
    JsonFormat.parser().merge(json, expected);

    assertThat(read(json)).isEqualTo(expected.build());
    assertThat(read(write(expected.build()))).isEqualTo(expected.build());
    assertThat(write(expected.build())).contains("\"time\":\"2026-01-02T03:04:05.678Z\"");
  }

  @Test
  void fieldsWithoutPresenceAreWrittenAlsoWhenTheyAreZero() {
    assertThat(write(Everything.getDefaultInstance()))
        .contains("\"aDouble\":0,", "\"aString\":\"\"", "\"many\":[]", "\"byName\":{}")
        .contains("\"anInt64\":\"0\"", "\"color\":\"COLOR_UNSPECIFIED\"")
        .doesNotContain("maybe", "inner", "left", "time");
  }

  @Test
  void wholeDoublesAreWrittenWithoutFraction() {
    assertThat(write(Everything.newBuilder().setADouble(4200).build()))
        .contains("\"aDouble\":4200,");
  }

  @Test
  void theSignOfZeroIsKept() {
    Everything message = Everything.newBuilder().setADouble(-0.0).setAFloat(-0f).build();

    assertThat(write(message)).contains("\"aDouble\":-0.0", "\"aFloat\":-0.0");
    assertThat(read(write(message))).isEqualTo(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'aDouble':'abc'}|aDouble|must be a number; got 'abc'",
        "{'aDouble':true}|aDouble|must be a number; got true",
        "{'aDouble':NaN}|aDouble|must be a finite number",
        "{'aDouble':1e999}|aDouble|must be a finite number",
        "{'aFloat':1e300}|aFloat|must be a finite number",
        "{'anInt32':1.5}|anInt32|must be a whole number; got '1.5'",
        "{'anInt32':2147483648}|anInt32|must be from -2147483648 to 2147483647; got 2147483648",
        "{'aUint32':-1}|aUint32|must be from 0 to 4294967295; got -1",
        "{'anInt64':'9223372036854775808'}|anInt64|must be from -9223372036854775808",
        "{'anInt64':'1e99999999'}|anInt64|must be a whole number",
        "{'aBool':'true'}|aBool|must be true or false; got the string 'true'",
        "{'aString':5}|aString|must be a string; got the number 5",
        "{'aString':{}}|aString|must be a string; got an object",
        "{'aString':['x']}|aString|must be a string; got an array",
        "{'someBytes':'*'}|someBytes|must be base64",
        "{'color':'BLUE'}|color|must be one of COLOR_UNSPECIFIED, RED, GREEN; got 'BLUE'",
        "{'inner':5}|inner|must be an object; got the number 5",
        "{'inner':{'inner':{'aBool':1}}}|inner.inner.aBool|must be true or false; got the number 1",
        "{'many':5}|many|must be an array; got the number 5",
        "{'many':['1','x']}|many[1]|must be a whole number; got 'x'",
        "{'places':[{},{'row':'a'}]}|places[1].row|must be a whole number; got 'a'",
        "{'places':[null]}|places[0]|must be an object; got null",
        "{'byName':{'k':{'row':[]}}}|byName.k.row|must be a whole number; got an array",
        "{'byNumber':{'x':''}}|byNumber.x|must be a whole number",
        "{'left':'a','right':{}}|right|cannot be given together with left",
        "{'time':'yesterday'}|time|must be a Timestamp",
        "{'skore':1}|skore|is not a field of Everything, which has aBool",
        "{'inner':{'b':1}}|inner.b|is not a field of Everything",
        "{'aBool':true,'aBool':true}|aBool|must be given once",
        "{'aBool':true,'a_bool':true}|a_bool|must be given once",
        "[]|body|must be a JSON object; got an array",
        "5|body|must be a JSON object; got the number 5",
        "{} {}|body|must be one JSON value; there is more at line 1, column 4",
        "{'aBool':tru}|body|must be JSON; malformed at line 1, column 10",
        "{'aBool':true|body|must be JSON; malformed at line 1, column 14",
        "{aBool:true}|body|must be JSON; malformed at line 1, column 2",
      })
  void aWrongBodyIsRefusedNamingThePlace(String json, String field, String problem) {
    assertThatThrownBy(() -> read(json.replace('\'', '"')))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              BadRequest.FieldViolation violation = violation(failure);
              assertThat(violation.getField()).isEqualTo(field);
              assertThat(violation.getDescription().replace('"', '\'')).startsWith(problem);
              assertThat(failure.getMessage()).startsWith(field + " ");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'aBool':true|line 1, column 14: Unexpected end-of-input: expected close marker for"
            + " Object",
        "{'many':[1|line 1, column 11: Unexpected end-of-input: expected close marker for Array",
        "{'many':[1}|line 1, column 11: Unexpected close marker '}': expected ']'",
        "{'aBool':tru}|line 1, column 10: Unrecognized token 'tru'",
        "{'anInt32':+1}|line 1, column 13: Unexpected character ('+' (code 43)) in numeric value:"
            + " JSON spec does not allow numbers to have plus signs",
        "{'anInt32':.5}|line 1, column 12: Unexpected character ('.' (code 46)):"
            + " expected a valid value",
        "//|line 1, column 1: Unexpected character ('/' (code 47))",
      })
  void malformedJsonIsToldInShortWithItsPlace(String json, String problem) {
    assertThatThrownBy(() -> read(json.replace('\'', '"')))
        .isInstanceOf(Failure.class)
        .hasMessage("body must be JSON; malformed at " + problem);
  }

  @Test
  void aBoundOfTheParserIsToldWithItsPlace() {
    assertThatThrownBy(() -> read("{\"anInt64\":" + "1".repeat(300) + "}"))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith("body must be JSON; malformed at line 1, column ")
        .hasMessageEndingWith(": Number value length (300) exceeds the maximum allowed (256)");
  }

  @Property(tries = 1000)
  void noErrorOfMalformedJsonNamesTheParsersSettings(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder json = new StringBuilder(write(new RandomMessages(seed).next()));
    String marks = "{}[]:,\"'\\/+-.#NIe0\u0001x";
    for (int i = 0; i < 3; i++) {
      char mark = marks.charAt(random.nextInt(marks.length()));
      json.setCharAt(random.nextInt(json.length()), mark);
    }

    try {
      read(json.toString());
    } catch (Failure e) {
      assertThat(e.getMessage()).doesNotContain("StreamRead", "JsonRead", "[Source", "REDACTED");
    }
  }

  @Test
  void anotherEncodingThatIsBrokenIsAnErrorAndNothingElse() {
    byte[] json = {0, 0, 0, '{', 0, (byte) 0xff, 1, 1};

    assertThatThrownBy(() -> JsonReader.read(json, SHAPE, Everything.newBuilder()))
        .isInstanceOf(Failure.class)
        .hasMessage("body must be JSON in UTF-8; it is in another encoding");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"\\ud800\"", "\"\\udc00a\"", "\"\\ud800x\""})
  void halfASurrogatePairIsRefused(String text) {
    assertThatThrownBy(() -> read("{\"aString\":" + text + "}"))
        .hasMessageContaining("aString must be valid Unicode");
  }

  @Test
  void nestingIsBounded() {
    String deep = "{\"inner\":".repeat(100) + "{}" + "}".repeat(100);

    assertThatThrownBy(() -> read(deep)).isInstanceOf(Failure.class).hasMessageContaining("64");
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() {
    byte[] json = "{\"aString\":\"x\"}".getBytes(StandardCharsets.UTF_8);
    json[12] = (byte) 0xff;

    assertThatThrownBy(() -> JsonReader.read(json, SHAPE, Everything.newBuilder()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("malformed");
  }

  private static BadRequest.FieldViolation violation(Failure failure) {
    try {
      return failure.status().getDetails(0).unpack(BadRequest.class).getFieldViolations(0);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static String write(Everything message) {
    return new String(JsonWriter.write(message, SHAPE), StandardCharsets.UTF_8);
  }

  private static Everything read(String json) {
    Everything.Builder builder = Everything.newBuilder();
    JsonReader.read(json.getBytes(StandardCharsets.UTF_8), SHAPE, builder);
    return builder.build();
  }
}
