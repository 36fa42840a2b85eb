package io.thalweg.client;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import com.google.rpc.Code;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The question {@code grpc.health.v1.Health/Check}, sent once. Its messages are one number, so they
 * are read here and need no library.
 */
final class ServerHealth extends ClientCall.Listener<Boolean> {
  private static final String NAME = "Check";
  private static final int SERVING = 1;
  private static final MethodDescriptor<Boolean, Boolean> CHECK =
      MethodDescriptor.<Boolean, Boolean>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("grpc.health.v1.Health/" + NAME)
          .setRequestMarshaller(new StatusMarshaller())
          .setResponseMarshaller(new StatusMarshaller())
          .build();

  private final PendingReply<Boolean> result = new PendingReply<>(NAME, null);
  private @Nullable Boolean serving;

  private ServerHealth() {}

  static PendingReply<Boolean> ask(ClientCore core) {
    ServerHealth health = new ServerHealth();
    core.connection().reconnect();
    ClientCall<Boolean, Boolean> call =
        core.connection()
            .channel()
            .newCall(
                CHECK,
                CallOptions.DEFAULT.withDeadlineAfter(
                    core.options().timeout().toNanos(), TimeUnit.NANOSECONDS));
    health.result.onCancel(() -> call.cancel("its answer is not needed any more", null));
    call.start(health, new Metadata());
    call.request(2);
    call.sendMessage(true);
    call.halfClose();
    return health.result;
  }

  @Override
  public void onMessage(Boolean message) {
    serving = message;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    Boolean answer = serving;
    if (status.isOk() && answer != null) {
      result.answer(answer, null, null);
      return;
    }
    Refusal refusal =
        status.isOk()
            ? Refusal.of(Code.INTERNAL, "the answer holds no message")
            : Refusal.of(status, trailers);
    result.completeExceptionally(new ThalwegException(refusal, NAME, null, 1, false));
  }

  private static final class StatusMarshaller implements MethodDescriptor.Marshaller<Boolean> {
    @Override
    public InputStream stream(Boolean value) {
      // The question is the empty message: all services.
      return new ByteArrayInputStream(new byte[0]);
    }

    @Override
    public Boolean parse(InputStream stream) {
      try {
        CodedInputStream in = CodedInputStream.newInstance(stream);
        int status = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          if (WireFormat.getTagFieldNumber(tag) == 1) {
            status = in.readEnum();
          } else {
            in.skipField(tag);
          }
        }
        return status == SERVING;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
