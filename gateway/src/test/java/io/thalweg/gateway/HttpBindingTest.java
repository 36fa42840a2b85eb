package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.linecorp.armeria.common.QueryParams;
import io.thalweg.contract.MethodKind;
import io.thalweg.gateway.test.Color;
import io.thalweg.gateway.test.Everything;
import io.thalweg.gateway.test.EverythingProto;
import io.thalweg.gateway.test.GetThingRequest;
import io.thalweg.gateway.test.Place;
import io.thalweg.gateway.test.PutThingRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpBindingTest {
  private static final List<HttpBinding> GET =
      HttpBinding.of(method("GetThing", GetThingRequest.getDefaultInstance()));
  private static final List<HttpBinding> PUT =
      HttpBinding.of(method("PutThing", PutThingRequest.getDefaultInstance()));

  @Test
  void queryParametersFillTheFieldsThatAreNotInThePath() {
    Message request =
        read(
            GET.get(0),
            List.of("n"),
            "tag=a&tag=b%26c&some_numbers=1&someNumbers=-2&color=RED&otherColors=GREEN"
                + "&other_colors=1&read_time=2026-01-01T00:00:00Z&verbose=false&key=AQI%3D"
                + "&place.shelf=s&place.row=3&mask=aBool,inner");

    assertThat(request)
        .isEqualTo(
            GetThingRequest.newBuilder()
                .setName("n")
                .addTag("a")
                .addTag("b&c")
                .addSomeNumbers(1)
                .addSomeNumbers(-2)
                .setColor(Color.RED)
                .addOtherColors(Color.GREEN)
                .addOtherColors(Color.RED)
                .setReadTime(Timestamp.newBuilder().setSeconds(1767225600))
                .setVerbose(false)
                .setKey(ByteString.copyFrom(new byte[] {1, 2}))
                .setPlace(Place.newBuilder().setShelf("s").setRow(3))
                .setMask(
                    com.google.protobuf.FieldMask.newBuilder().addPaths("a_bool").addPaths("inner"))
                .build());
  }

  @Test
  void anAdditionalBindingFillsANestedFieldFromThePath() {
    assertThat(GET).hasSize(2);
    assertThat(read(GET.get(1), List.of("top%20shelf", "a%2Fb%25"), "place.row=1"))
        .isEqualTo(
            GetThingRequest.newBuilder()
                .setName("a/b%")
                .setPlace(Place.newBuilder().setShelf("top shelf").setRow(1))
                .build());
  }

  @Test
  void aBodyCanBeOneField() {
    byte[] body = "{\"aString\":\"x\"}".getBytes(StandardCharsets.UTF_8);

    Message request =
        PUT.get(0).read(List.of("n"), QueryParams.of("validate_only", "true"), body).build();

    assertThat(request)
        .isEqualTo(
            PutThingRequest.newBuilder()
                .setName("n")
                .setThing(Everything.newBuilder().setAString("x"))
                .setValidateOnly(true)
                .build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "colour=RED|colour is not a query parameter; there are place, tag, some_numbers, color",
        "color=BLUE|color must be one of COLOR_UNSPECIFIED, RED, GREEN; got 'BLUE'",
        "verbose=yes|verbose must be true or false; got 'yes'",
        "verbose=true&verbose=true|verbose must be given once in the query",
        "some_numbers=1&some_numbers=x|some_numbers must be a whole number; got 'x'",
        "name=other|name is in the path; it must not be in the query too",
        "place=x|place is not a query parameter",
        "place.shelf.x=1|place.shelf.x is not a query parameter",
        "place.|place. is not a query parameter",
        "read_time=now|read_time must be a Timestamp; got 'now'",
        "key=***|key must be base64; got '***'",
        "page_size=99999999999|page_size must be from 1 to 1000; got 99999999999",
        "pageSize=-99999999999|page_size must be from 1 to 1000; got -99999999999",
        "from_row=-1|from_row must be from 1 to 18446744073709551615; got -1",
        "place.row=2147483648|place.row must be from -2147483648 to 2147483647; got 2147483648",
      })
  void aWrongQueryIsRefusedNamingTheParameter(String query, String problem) {
    assertThatThrownBy(() -> read(GET.get(0), List.of("n"), query))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith(problem);
  }

  @Test
  void theBodysFieldIsNoQueryParameter() {
    assertThatThrownBy(() -> read(PUT.get(0), List.of("n"), "thing.a_string=x"))
        .hasMessageStartingWith("thing.a_string is not a query parameter");
  }

  @ParameterizedTest
  @CsvSource({"%", "%2", "%zz", "%ff", "%C3%28"})
  void aSegmentThatIsNotPercentEncodedUtf8IsRefused(String segment) {
    assertThatThrownBy(() -> read(GET.get(0), List.of(segment), ""))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith("name must be percent-encoded");
  }

  private static Message read(HttpBinding binding, List<String> values, String query) {
    return binding.read(values, QueryParams.fromQueryString(query), new byte[0]).build();
  }

  private static MethodType method(String name, Message request) {
    return new MethodType(
        EverythingProto.getDescriptor().findServiceByName("Things").findMethodByName(name),
        MethodKind.POINT_QUERY,
        request,
        Everything.getDefaultInstance());
  }
}
