package io.thalweg.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import io.thalweg.access.v1.ApiKey;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.CreateProjectRequest;
import io.thalweg.access.v1.GetApiKeyRequest;
import io.thalweg.access.v1.GetProjectRequest;
import io.thalweg.access.v1.IdentifyApiKeyRequest;
import io.thalweg.access.v1.IdentifyApiKeyResponse;
import io.thalweg.access.v1.ListApiKeysRequest;
import io.thalweg.access.v1.ListApiKeysResponse;
import io.thalweg.access.v1.ListProjectsRequest;
import io.thalweg.access.v1.ListProjectsResponse;
import io.thalweg.access.v1.Permission;
import io.thalweg.access.v1.Project;
import io.thalweg.access.v1.RevokeApiKeyRequest;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service on a real node. */
class AccessTest {
  private static final Caller OTHER = new Caller(7, "someone");

  @TempDir Path data;
  private Node node;

  @BeforeEach
  void open() {
    node = Thalweg.open(data, Access.TYPE);
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void aSecretIdentifiesItsKeyAndNoOtherTextDoes() {
    String secret = created("ci").getSecret();
    assertThat(identify("ci", secret).getPermissionsList()).containsExactly(all());
    String other = secret.substring(0, secret.length() - 1) + (secret.endsWith("0") ? "1" : "0");
    assertThat(codeOf(identification("ci", other))).isEqualTo(Code.NOT_FOUND);
    assertThat(codeOf(identification("unknown", secret))).isEqualTo(Code.NOT_FOUND);
    assertThat(ApiKeySecret.parse(secret)).isEqualTo(new ApiKeySecret(0, "ci", secret));
    assertThat(ApiKeySecret.parse(secret + " ")).isNull();
  }

  @Test
  void aRevokedKeyOpensNothingAlsoAfterARestart() {
    String secret = created("ci").getSecret();
    node.call(RevokeApiKeyRequest.newBuilder().setKey("ci").build(), ApiKey.class);
    assertThat(codeOf(identification("ci", secret))).isEqualTo(Code.NOT_FOUND);
    node.close();
    node = Thalweg.open(data, Access.TYPE);
    assertThat(codeOf(identification("ci", secret))).isEqualTo(Code.NOT_FOUND);
    ApiKey key = node.call(GetApiKeyRequest.newBuilder().setKey("ci").build(), ApiKey.class);
    assertThat(key.hasRevokeTime()).isTrue();
    assertThat(codeOf(create("ci").build())).isEqualTo(Code.ALREADY_EXISTS);
  }

  @Test
  void anExpiredKeyOpensNothing() throws InterruptedException {
    Instant soon = Instant.now().plusSeconds(1);
    String secret =
        node.call(create("brief").setExpireTime(time(soon)).build(), CreateApiKeyResponse.class)
            .getSecret();
    identify("brief", secret);
    while (codeOf(identification("brief", secret)) == Code.OK) {
      Thread.sleep(10);
    }
    assertThat(Instant.now()).isAfter(soon.minusMillis(100));
    assertThat(codeOf(create("late").setExpireTime(time(soon)).build()))
        .isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Test
  void noSecretIsInTheDataDirectory() throws IOException {
    String secret = created("ci").getSecret();
    identify("ci", secret);
    node.close();
    byte[] hex = secret.substring(secret.lastIndexOf('_') + 1).getBytes(StandardCharsets.US_ASCII);
    String needle = new String(hex, StandardCharsets.ISO_8859_1);
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain(needle);
      }
    }
    node = Thalweg.open(data, Access.TYPE);
  }

  @Test
  void aRequestNameIsRefusedSinceTheAnswerWouldBeStored() {
    Failure failure = failureOf(Request.of(create("ci").build()).named("once"));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessageContaining("request name");
    assertThat(codeOf(GetApiKeyRequest.newBuilder().setKey("ci").build()))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void aProjectSeesOnlyItsOwnKeys() {
    created("ours");
    node.call(
        new Request(create("theirs").build(), OTHER, null, Long.MAX_VALUE),
        CreateApiKeyResponse.class);
    assertThat(list(Caller.ANONYMOUS)).containsExactly("ours");
    assertThat(list(OTHER)).containsExactly("theirs");
    assertThat(failureOf(as(OTHER, GetApiKeyRequest.newBuilder().setKey("ours").build())).code())
        .isEqualTo(Code.NOT_FOUND);
    assertThat(failureOf(as(OTHER, project("p"))).code()).isEqualTo(Code.PERMISSION_DENIED);
    CreateApiKeyRequest operator =
        create("op")
            .clearPermissions()
            .addPermissions(all().toBuilder().setService("operations"))
            .build();
    assertThat(failureOf(as(OTHER, operator)).code()).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Test
  void projectsAreNumberedOnceAndListedByName() {
    assertThat(node.call(project("beta"), Project.class).getNumber()).isEqualTo(1);
    assertThat(node.call(project("alpha"), Project.class).getNumber()).isEqualTo(2);
    assertThat(node.call(project("beta"), Project.class).getNumber()).isEqualTo(1);
    ListProjectsResponse first =
        node.call(
            ListProjectsRequest.newBuilder().setPageSize(1).build(), ListProjectsResponse.class);
    assertThat(first.getProjects(0).getProject()).isEqualTo("alpha");
    ListProjectsResponse second =
        node.call(
            ListProjectsRequest.newBuilder()
                .setPageSize(1)
                .setPageToken(first.getNextPageToken())
                .build(),
            ListProjectsResponse.class);
    assertThat(second.getProjects(0).getProject()).isEqualTo("beta");
    assertThat(second.getNextPageToken()).isEmpty();
    assertThat(codeOf(project("default"))).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(codeOf(project("Bad Name"))).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(codeOf(GetProjectRequest.newBuilder().setProject("none").build()))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void keysAreListedByNameInPages() {
    List<String> names = List.of("a", "b", "c", "d", "e");
    names.reversed().forEach(this::created);
    List<String> listed = new ArrayList<>();
    String token = "";
    do {
      ListApiKeysResponse page =
          node.call(
              ListApiKeysRequest.newBuilder().setPageSize(2).setPageToken(token).build(),
              ListApiKeysResponse.class);
      page.getApiKeysList().forEach(key -> listed.add(key.getKey()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(listed).isEqualTo(names);
  }

  private CreateApiKeyResponse created(String name) {
    return node.call(create(name).build(), CreateApiKeyResponse.class);
  }

  private static CreateApiKeyRequest.Builder create(String name) {
    return CreateApiKeyRequest.newBuilder().setKey(name).addPermissions(all());
  }

  private static Permission all() {
    return Permission.newBuilder()
        .setService("*")
        .addAccess(io.thalweg.contract.Access.ADMIN)
        .build();
  }

  private static CreateProjectRequest project(String name) {
    return CreateProjectRequest.newBuilder().setProject(name).build();
  }

  private static IdentifyApiKeyRequest identification(String key, String secret) {
    return IdentifyApiKeyRequest.newBuilder().setKey(key).setSecret(secret).build();
  }

  private IdentifyApiKeyResponse identify(String key, String secret) {
    return node.call(identification(key, secret), IdentifyApiKeyResponse.class);
  }

  private List<String> list(Caller caller) {
    return node
        .call(as(caller, ListApiKeysRequest.getDefaultInstance()), ListApiKeysResponse.class)
        .getApiKeysList()
        .stream()
        .map(ApiKey::getKey)
        .toList();
  }

  private static Request as(Caller caller, Message message) {
    return new Request(message, caller, null, Long.MAX_VALUE);
  }

  private static Timestamp time(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  private Failure failureOf(Request request) {
    return catchThrowableOfType(Failure.class, () -> node.call(request, Message.class));
  }

  private Code codeOf(Message message) {
    try {
      node.call(message, Message.class);
      return Code.OK;
    } catch (Failure failure) {
      return failure.code();
    }
  }
}
