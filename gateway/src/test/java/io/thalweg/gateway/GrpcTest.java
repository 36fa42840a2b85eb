package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The leaderboard over gRPC by gRPC's own client, on a real node. */
@Timeout(120)
class GrpcTest {
  private static final String SERVICE = "thalweg.leaderboard.v1.Leaderboards";
  private static final AtomicInteger BOARDS = new AtomicInteger();
  private static final MethodDescriptor<SubmitScoreRequest, SubmitScoreResponse> SUBMIT =
      method(
          "SubmitScore",
          MethodDescriptor.MethodType.UNARY,
          SubmitScoreRequest.getDefaultInstance(),
          SubmitScoreResponse.getDefaultInstance());
  private static final MethodDescriptor<GetEntryRequest, Entry> GET =
      method(
          "GetEntry",
          MethodDescriptor.MethodType.UNARY,
          GetEntryRequest.getDefaultInstance(),
          Entry.getDefaultInstance());
  private static final MethodDescriptor<WatchBoardRequest, BoardEvent> WATCH =
      method(
          "WatchBoard",
          MethodDescriptor.MethodType.SERVER_STREAMING,
          WatchBoardRequest.getDefaultInstance(),
          BoardEvent.getDefaultInstance());

  private static RunningNode node;
  private static ManagedChannel channel;

  private final String board = "g" + BOARDS.incrementAndGet();

  @BeforeAll
  static void start() {
    node = new RunningNode();
    channel = connect(node.port());
  }

  private static ManagedChannel connect(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    channel.shutdownNow();
    channel.awaitTermination(30, TimeUnit.SECONDS);
    node.close();
  }

  @Test
  void commandsAndQueriesAreCallsAndTheReplySaysItsPosition() {
    AtomicReference<Metadata> headers = new AtomicReference<>(new Metadata());
    Channel watched =
        ClientInterceptors.intercept(
            channel, MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()));

    SubmitScoreResponse reply =
        ClientCalls.blockingUnaryCall(watched, SUBMIT, CallOptions.DEFAULT, score("a", 5));

    assertThat(reply.getRank()).isEqualTo(1);
    assertThat(headers.get())
        .extracting(received -> received.get(GrpcMethods.POSITION))
        .asString()
        .matches("\\d+-\\d+-\\d+");
    Entry entry =
        ClientCalls.blockingUnaryCall(
            channel,
            GET,
            CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS),
            GetEntryRequest.newBuilder().setBoard(board).setMember("a").build());
    assertThat(entry.getScore()).isEqualTo(5);
  }

  @Test
  void aFailureCarriesItsDetailsInTheTrailers() throws InvalidProtocolBufferException {
    StatusRuntimeException failure = failure(score("", 5));

    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(failure.getStatus().getDescription()).contains("member must have 1 to 128 bytes");
    com.google.rpc.Status status = StatusProto.fromThrowable(failure);
    BadRequest details = status.getDetails(0).unpack(BadRequest.class);
    assertThat(details.getFieldViolations(0).getField()).isEqualTo("member");
  }

  @Test
  void aRefusalOfTheServiceHasItsCode() {
    submit("a", 1);

    assertThat(failure(score("a", 1).toBuilder().setOperator(Operator.SUM).build()).getStatus())
        .extracting(Status::getCode)
        .isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThatThrownBy(() ->
            ClientCalls.blockingUnaryCall(
                channel,
                GET,
                CallOptions.DEFAULT,
                GetEntryRequest.newBuilder().setBoard(board).setMember("x").build()))
        .hasMessageContaining("NOT_FOUND: there is no member 'x'");
  }

  @Test
  void aNamedCallIsExecutedOnce() {
    SubmitScoreRequest sum = score("a", 5).toBuilder().setOperator(Operator.SUM).build();

    SubmitScoreResponse first = named("one-" + board, sum);
    SubmitScoreResponse again = named("one-" + board, sum);

    assertThat(again).isEqualTo(first);
    assertThat(again.getScore()).isEqualTo(5);
    assertThatThrownBy(() -> named("n".repeat(129), sum))
        .hasMessageContaining("INVALID_ARGUMENT: Idempotency-Key must have 1 to 128 bytes");
  }

  @Test
  void twoNamesOfOneCallAreRefused() {
    assertThatThrownBy(() -> named(List.of("one", "two"), score("a", 5)))
        .hasMessageContaining("INVALID_ARGUMENT: Idempotency-Key must be given once");
  }

  @Test
  void aMessageOverTheLimitIsRefusedAndTheConnectionGoesOn() {
    StatusRuntimeException failure = failure(score("x".repeat(3 << 20), 1));

    assertThat(failure).hasMessageContaining("RESOURCE_EXHAUSTED").hasMessageContaining("2097152");
    submit("a", 1);
  }

  @Test
  void aWatchStreamsFromAPositionOn() {
    submit("a", 1);
    Iterator<BoardEvent> events = watch("0");
    assertThat(events.next().hasBoardCreated()).isTrue();
    BoardEvent first = events.next();
    assertThat(first.getScoresSubmitted().getStandings(0).getScore()).isEqualTo(1);

    submit("a", 2);

    assertThat(events.next().getScoresSubmitted().getStandings(0).getScore()).isEqualTo(2);
    assertThat(watch(first.getPosition()).next().getScoresSubmitted().getStandings(0).getScore())
        .isEqualTo(2);
  }

  @Test
  void aWatchOfManyEventsIsInOrderAlsoForASlowReader() {
    for (int i = 1; i <= 300; i++) {
      submit("a", i);
    }

    Iterator<BoardEvent> events = watch("0");
    events.next();
    for (int i = 1; i <= 300; i++) {
      assertThat(events.next().getScoresSubmitted().getStandings(0).getScore()).isEqualTo(i);
    }
  }

  @Test
  void aWatchFromAnUnknownHistoryIsToldToResync() {
    assertThatThrownBy(() -> watch("77-0-5").next())
        .hasMessageContaining("OUT_OF_RANGE")
        .hasMessageContaining("resync");
  }

  @Test
  void closingEndsAWatchWithUnavailable() throws InterruptedException {
    try (RunningNode other = new RunningNode()) {
      ManagedChannel own = connect(other.port());
      BlockingQueue<String> ends = new LinkedBlockingQueue<>();
      ClientCalls.asyncServerStreamingCall(
          own.newCall(WATCH, CallOptions.DEFAULT),
          WatchBoardRequest.newBuilder().setBoard(board).setAfter("0").build(),
          ending(ends));
      ClientCalls.blockingUnaryCall(own, SUBMIT, CallOptions.DEFAULT, score("a", 1));
      assertThat(ends.take()).isEqualTo("event");

      other.gateway().close();

      String end = ends.take();
      while ("event".equals(end)) {
        end = ends.take();
      }
      assertThat(end).contains("UNAVAILABLE");
      own.shutdownNow();
    }
  }

  @Test
  void reflectionTellsTheServicesAndTheirContract() throws InterruptedException {
    BlockingQueue<ServerReflectionResponse> answers = new LinkedBlockingQueue<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(channel).serverReflectionInfo(collecting(answers));

    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("*").build());
    ServerReflectionResponse services = answers.take();
    requests.onNext(ServerReflectionRequest.newBuilder().setFileContainingSymbol(SERVICE).build());
    ServerReflectionResponse file = answers.take();
    requests.onCompleted();

    assertThat(services.getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .contains(SERVICE, "grpc.health.v1.Health");
    assertThat(file.getFileDescriptorResponse().getFileDescriptorProtoCount()).isPositive();
  }

  @Test
  void healthIsServing() {
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);

    for (String service : List.of("", SERVICE)) {
      assertThat(
              health.check(HealthCheckRequest.newBuilder().setService(service).build()).getStatus())
          .isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void anUnknownMethodIsUnimplemented() {
    MethodDescriptor<SubmitScoreRequest, SubmitScoreResponse> unknown =
        method(
            "SubmitScroe",
            MethodDescriptor.MethodType.UNARY,
            SubmitScoreRequest.getDefaultInstance(),
            SubmitScoreResponse.getDefaultInstance());

    assertThatThrownBy(() ->
            ClientCalls.blockingUnaryCall(channel, unknown, CallOptions.DEFAULT, score("a", 1)))
        .hasMessageContaining("UNIMPLEMENTED");
  }

  private SubmitScoreRequest score(String member, double score) {
    return SubmitScoreRequest.newBuilder()
        .setBoard(board)
        .setMember(member)
        .setScore(score)
        .build();
  }

  private void submit(String member, double score) {
    ClientCalls.blockingUnaryCall(channel, SUBMIT, CallOptions.DEFAULT, score(member, score));
  }

  private static SubmitScoreResponse named(String name, SubmitScoreRequest request) {
    return named(List.of(name), request);
  }

  private static SubmitScoreResponse named(List<String> names, SubmitScoreRequest request) {
    Metadata headers = new Metadata();
    names.forEach(name -> headers.put(GrpcMethods.NAME, name));
    Channel named =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    return ClientCalls.blockingUnaryCall(named, SUBMIT, CallOptions.DEFAULT, request);
  }

  private static StatusRuntimeException failure(SubmitScoreRequest request) {
    try {
      ClientCalls.blockingUnaryCall(channel, SUBMIT, CallOptions.DEFAULT, request);
    } catch (StatusRuntimeException e) {
      return e;
    }
    throw new AssertionError("the call did not fail");
  }

  private Iterator<BoardEvent> watch(String after) {
    return ClientCalls.blockingServerStreamingCall(
        channel,
        WATCH,
        CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS),
        WatchBoardRequest.newBuilder().setBoard(board).setAfter(after).build());
  }

  private static <T> StreamObserver<T> collecting(BlockingQueue<T> values) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T value) {
        values.add(value);
      }

      @Override
      public void onError(Throwable cause) {}

      @Override
      public void onCompleted() {}
    };
  }

  private static StreamObserver<BoardEvent> ending(BlockingQueue<String> happenings) {
    return new StreamObserver<>() {
      @Override
      public void onNext(BoardEvent value) {
        happenings.add("event");
      }

      @Override
      public void onError(Throwable cause) {
        happenings.add(String.valueOf(cause.getMessage()));
      }

      @Override
      public void onCompleted() {
        happenings.add("completed");
      }
    };
  }

  private static <Q extends Message, R extends Message> MethodDescriptor<Q, R> method(
      String name, MethodDescriptor.MethodType type, Q request, R reply) {
    return MethodDescriptor.<Q, R>newBuilder()
        .setType(type)
        .setFullMethodName(SERVICE + "/" + name)
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(reply))
        .build();
  }
}
