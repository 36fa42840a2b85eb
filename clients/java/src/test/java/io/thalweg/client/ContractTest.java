package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.thalweg.access.v1.AccessProto;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.contract.ContractProto;
import io.thalweg.leaderboard.v1.ApplyScoreRequest;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.LeaderboardProto;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The typed client says what the contract says. */
class ContractTest {
  private static final ServiceDescriptor LEADERBOARDS =
      LeaderboardProto.getDescriptor().findServiceByName("Leaderboards");

  @Test
  void everyMethodThatClientsMayCallIsThere() {
    Set<String> typed =
        Arrays.stream(LeaderboardClient.class.getMethods())
            .filter(m -> m.getDeclaringClass() == LeaderboardClient.class)
            .map(Method::getName)
            .map(name -> Character.toUpperCase(name.charAt(0)) + name.substring(1))
            .collect(Collectors.toSet());
    assertThat(typed)
        .containsAll(
            LEADERBOARDS.getMethods().stream()
                .filter(m -> !m.getOptions().getExtension(ContractProto.method).getInternal())
                .map(MethodDescriptor::getName)
                .toList());
  }

  @Test
  void theKindSaysHowAMethodMayBeSent() {
    assertThat(LeaderboardMethods.SUBMIT_SCORE.treatment())
        .isEqualTo(ServiceMethod.Treatment.NAMED);
    assertThat(LeaderboardMethods.GET_ENTRY.treatment()).isEqualTo(ServiceMethod.Treatment.READ);
    assertThat(LeaderboardMethods.LIST_BOARDS.treatment()).isEqualTo(ServiceMethod.Treatment.READ);
    assertThat(LeaderboardMethods.WATCH_BOARD.treatment()).isEqualTo(ServiceMethod.Treatment.WATCH);
    assertThat(
            ServiceMethod.of(
                    AccessProto.getDescriptor().getServices().getFirst(),
                    "CreateApiKey",
                    CreateApiKeyRequest.getDefaultInstance(),
                    CreateApiKeyResponse.getDefaultInstance())
                .treatment())
        .as("its answer is a secret and is not stored, so it takes no name")
        .isEqualTo(ServiceMethod.Treatment.ONCE);
  }

  @Test
  void aMethodThatIsNotInTheContractIsRefused() {
    assertThatThrownBy(() ->
            ServiceMethod.of(
                LEADERBOARDS,
                "SubmitScroe",
                GetEntryRequest.getDefaultInstance(),
                GetEntryRequest.getDefaultInstance()))
        .hasMessageContaining("has no method SubmitScroe");
    assertThatThrownBy(() ->
            ServiceMethod.of(
                LEADERBOARDS,
                "ApplyScore",
                ApplyScoreRequest.getDefaultInstance(),
                SubmitScoreResponse.getDefaultInstance()))
        .hasMessageContaining("is not for clients");
    assertThatThrownBy(() ->
            ServiceMethod.of(
                LEADERBOARDS,
                "GetEntry",
                GetEntryRequest.getDefaultInstance(),
                GetEntryRequest.getDefaultInstance()))
        .hasMessageContaining("takes GetEntryRequest and gives Entry");
  }
}
