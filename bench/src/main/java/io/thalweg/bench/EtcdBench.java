package io.thalweg.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.thalweg.locks.v1.etcd.Compare;
import io.thalweg.locks.v1.etcd.DeleteRangeRequest;
import io.thalweg.locks.v1.etcd.DeleteRangeResponse;
import io.thalweg.locks.v1.etcd.LeaseGrantRequest;
import io.thalweg.locks.v1.etcd.LeaseGrantResponse;
import io.thalweg.locks.v1.etcd.PutRequest;
import io.thalweg.locks.v1.etcd.PutResponse;
import io.thalweg.locks.v1.etcd.RequestOp;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.etcd.WatchCreateRequest;
import io.thalweg.locks.v1.etcd.WatchRequest;
import io.thalweg.locks.v1.etcd.WatchResponse;
import io.thalweg.locks.v1.etcd.lock.LockRequest;
import io.thalweg.locks.v1.etcd.lock.LockResponse;
import io.thalweg.locks.v1.etcd.lock.UnlockRequest;
import io.thalweg.locks.v1.etcd.lock.UnlockResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * The API of etcd at a thalweg process and at etcd's own server, asked by the same client: a lock
 * that nobody else wants, a lock that is handed over, and a key that many watch. Both force every
 * write to the disk before they answer.
 */
public final class EtcdBench {
  private static final int SERVER_CORE = 0;
  private static final int WATCHERS = 1_000;
  private static final int WATCHERS_OF_STREAM = 50;
  // Of a round, however short it is and slow the disk.
  private static final int LEAST = 20;
  private static final long WAIT_S = 120;

  private final String name;
  private final ManagedChannel channel;
  private final double seconds;

  private EtcdBench(String name, int port, double seconds) {
    this.name = name;
    this.seconds = seconds;
    channel = ManagedChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  /**
   * Runs the measurements and prints them.
   *
   * @param args how to start thalweg, how to start etcd, a directory, rounds, seconds of a round
   */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[2]);
    Machine.print(directory);
    int rounds = Integer.parseInt(args[3]);
    double seconds = Double.parseDouble(args[4]);
    TextTable table = new TextTable("what, server", "p50 us", "p99 us", "a second", "rounds");
    try (ServedProcess etcd = etcd(args[1], directory);
        ServedProcess thalweg = thalweg(args[0], directory)) {
      List<EtcdBench> both =
          List.of(
              new EtcdBench("etcd", etcd.port(), seconds),
              new EtcdBench("Thalweg", thalweg.port(), seconds));
      List<Measure> measures =
          List.of(
              new Measure("lock and unlock, uncontended", EtcdBench::uncontended),
              new Measure("handover of a contended lock", EtcdBench::handover),
              new Measure("one key, " + WATCHERS + " watchers", EtcdBench::fanOut));
      for (Measure measure : measures) {
        double[] p50 = new double[2];
        double[] p99 = new double[2];
        for (int server = 0; server < 2; server++) {
          measure.what().of(both.get(server));
        }
        Histogram[] all = {new Histogram(3), new Histogram(3)};
        for (int round = 0; round < rounds; round++) {
          for (int server = 0; server < 2; server++) {
            all[server].add(measure.what().of(both.get(server)));
          }
        }
        for (int server = 0; server < 2; server++) {
          p50[server] = all[server].getValueAtPercentile(50) / 1e3;
          p99[server] = all[server].getValueAtPercentile(99) / 1e3;
          table.row(
              measure.name() + ", " + both.get(server).name,
              TextTable.whole(p50[server]),
              TextTable.whole(p99[server]),
              TextTable.whole(all[server].getTotalCount() / (rounds * seconds)),
              Integer.toString(rounds));
        }
        table.row(
            measure.name() + ", etcd to Thalweg",
            TextTable.decimals(p50[0] / p50[1], 2),
            TextTable.decimals(p99[0] / p99[1], 2),
            "",
            "");
      }
      both.forEach(each -> each.channel.shutdownNow());
    }
    table.print();
  }

  private interface What {
    Histogram of(EtcdBench server) throws Exception;
  }

  private record Measure(String name, What what) {}

  private static ServedProcess etcd(String program, Path directory) throws Exception {
    int port = ServedProcess.freePort();
    String client = "http://127.0.0.1:" + port;
    String peer = "http://127.0.0.1:" + ServedProcess.freePort();
    ServedProcess server =
        ServedProcess.start(
            List.of(
                program,
                "--data-dir",
                directory.resolve("etcd").toString(),
                "--listen-client-urls",
                client,
                "--advertise-client-urls",
                client,
                "--listen-peer-urls",
                peer,
                "--initial-advertise-peer-urls",
                peer,
                "--initial-cluster",
                "default=" + peer),
            Map.of("ETCD_UNSUPPORTED_ARCH", ""),
            SERVER_CORE,
            port,
            directory.resolve("etcd.output"));
    server.awaitAnswerNs(
        "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200");
    return server;
  }

  private static ServedProcess thalweg(String command, Path directory) throws Exception {
    int port = ServedProcess.freePort();
    List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
    words.addAll(List.of("up", "--port", Integer.toString(port)));
    words.addAll(List.of("--data", directory.resolve("thalweg").toString()));
    ServedProcess server =
        ServedProcess.start(
            words, Map.of(), SERVER_CORE, port, directory.resolve("thalweg.output"));
    server.awaitReadyNs();
    return server;
  }

  /** Takes a lock as its recipe does, and gives it back: two forced writes, timed as one. */
  private Histogram uncontended() {
    long lease = lease();
    ByteString key = ByteString.copyFromUtf8("free/1");
    TxnRequest take =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(key)
                    .setTarget(Compare.CompareTarget.CREATE)
                    .setCreateRevision(0))
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestPut(PutRequest.newBuilder().setKey(key).setLease(lease)))
            .build();
    DeleteRangeRequest give = DeleteRangeRequest.newBuilder().setKey(key).build();
    Histogram times = new Histogram(3);
    long endNs = System.nanoTime() + (long) (seconds * 1e9);
    for (int i = 0; i < LEAST || System.nanoTime() < endNs; i++) {
      long startNs = System.nanoTime();
      TxnResponse taken = call("etcdserverpb.KV/Txn", take, TxnResponse.getDefaultInstance());
      call("etcdserverpb.KV/DeleteRange", give, DeleteRangeResponse.getDefaultInstance());
      times.recordValue(System.nanoTime() - startNs);
      if (!taken.getSucceeded()) {
        throw new IllegalStateException(name + ": a lock that is free was taken");
      }
    }
    return times;
  }

  /** From when a lock is given back to when the one who waits has it, two taking turns. */
  private Histogram handover() throws Exception {
    LockRequest[] requests = new LockRequest[2];
    for (int i = 0; i < 2; i++) {
      requests[i] =
          LockRequest.newBuilder()
              .setName(ByteString.copyFromUtf8("turns"))
              .setLease(lease())
              .build();
    }
    Histogram times = new Histogram(3);
    ByteString held =
        call("v3lockpb.Lock/Lock", requests[0], LockResponse.getDefaultInstance()).getKey();
    long endNs = System.nanoTime() + (long) (seconds * 1e9);
    for (int i = 1; i < LEAST || System.nanoTime() < endNs; i++) {
      AtomicReference<ByteString> next = new AtomicReference<>();
      Semaphore granted = new Semaphore(0);
      ClientCalls.asyncUnaryCall(
          channel.newCall(
              method(
                  "v3lockpb.Lock/Lock",
                  MethodDescriptor.MethodType.UNARY,
                  requests[0],
                  LockResponse.getDefaultInstance()),
              CallOptions.DEFAULT),
          requests[i % 2],
          new Heard<>(response -> {
            next.set(response.getKey());
            granted.release();
          }));
      // Long enough for it to wait in the queue.
      Thread.sleep(10);
      long startNs = System.nanoTime();
      call(
          "v3lockpb.Lock/Unlock",
          UnlockRequest.newBuilder().setKey(held).build(),
          UnlockResponse.getDefaultInstance());
      if (!granted.tryAcquire(WAIT_S, TimeUnit.SECONDS)) {
        throw new IllegalStateException(name + ": a lock was not handed over");
      }
      times.recordValue(System.nanoTime() - startNs);
      held = next.get();
    }
    call(
        "v3lockpb.Lock/Unlock",
        UnlockRequest.newBuilder().setKey(held).build(),
        UnlockResponse.getDefaultInstance());
    return times;
  }

  /** From when a put is sent to when each watcher has it. */
  private Histogram fanOut() throws Exception {
    ByteString key = ByteString.copyFromUtf8("watched");
    ConcurrentHistogram times = new ConcurrentHistogram(3);
    AtomicLong sentNs = new AtomicLong();
    Semaphore heard = new Semaphore(0);
    CountDownLatch created = new CountDownLatch(WATCHERS);
    Queue<String> refusals = new ConcurrentLinkedQueue<>();
    List<StreamObserver<WatchRequest>> streams = new ArrayList<>();
    WatchRequest create =
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(key))
            .build();
    for (int i = 0; i < WATCHERS; i += WATCHERS_OF_STREAM) {
      StreamObserver<WatchRequest> stream =
          ClientCalls.asyncBidiStreamingCall(
              channel.newCall(
                  method(
                      "etcdserverpb.Watch/Watch",
                      MethodDescriptor.MethodType.BIDI_STREAMING,
                      create,
                      WatchResponse.getDefaultInstance()),
                  CallOptions.DEFAULT),
              new Heard<>(response -> {
                if (response.getCanceled()) {
                  refusals.add(response.getCancelReason());
                } else if (response.getCreated()) {
                  created.countDown();
                } else if (response.getEventsCount() > 0) {
                  times.recordValue(System.nanoTime() - sentNs.get());
                  heard.release();
                }
              }));
      for (int w = 0; w < WATCHERS_OF_STREAM; w++) {
        stream.onNext(create);
      }
      streams.add(stream);
    }
    if (!created.await(WAIT_S, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + ": not all watches were made; ended: " + refusals);
    }
    PutRequest put = PutRequest.newBuilder().setKey(key).build();
    long endNs = System.nanoTime() + (long) (seconds * 1e9);
    for (int i = 0; i < LEAST || System.nanoTime() < endNs; i++) {
      sentNs.set(System.nanoTime());
      call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance());
      if (!heard.tryAcquire(WATCHERS, WAIT_S, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            name + ": not all watchers heard of a put; ended: " + refusals);
      }
    }
    streams.forEach(StreamObserver::onCompleted);
    return times;
  }

  private long lease() {
    return call(
            "etcdserverpb.Lease/LeaseGrant",
            LeaseGrantRequest.newBuilder().setTTL(600).build(),
            LeaseGrantResponse.getDefaultInstance())
        .getID();
  }

  private <Q extends Message, R extends Message> R call(String path, Q request, R reply) {
    return ClientCalls.blockingUnaryCall(
        channel,
        method(path, MethodDescriptor.MethodType.UNARY, request, reply),
        CallOptions.DEFAULT,
        request);
  }

  @SuppressWarnings("unchecked")
  private static <Q extends Message, R extends Message> MethodDescriptor<Q, R> method(
      String path, MethodDescriptor.MethodType type, Q request, R reply) {
    return MethodDescriptor.<Q, R>newBuilder()
        .setType(type)
        .setFullMethodName(path)
        .setRequestMarshaller(ProtoUtils.marshaller((Q) request.getDefaultInstanceForType()))
        .setResponseMarshaller(ProtoUtils.marshaller(reply))
        .build();
  }

  private record Heard<R>(java.util.function.Consumer<R> what) implements StreamObserver<R> {
    @Override
    public void onNext(R value) {
      what.accept(value);
    }

    @Override
    public void onError(Throwable error) {
      // The measurement ends with it, or has ended.
    }

    @Override
    public void onCompleted() {}
  }
}
