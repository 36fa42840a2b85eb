package io.thalweg.bench;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.Server;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * A server of the library that the gateway is made with, and nothing else: every request is
 * answered with the same few bytes, as nginx does beside it. Arguments: port, file of the answer.
 */
public final class FixedReply {
  private FixedReply() {}

  /** Serves until the process is ended. */
  public static void main(String[] args) throws Exception {
    HttpData body =
        HttpData.wrap(Files.readString(Path.of(args[1])).getBytes(StandardCharsets.UTF_8));
    ResponseHeaders headers =
        ResponseHeaders.builder(HttpStatus.OK).contentType(MediaType.JSON_UTF_8).build();
    Server server =
        Server.builder()
            .http(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])))
            .disableServerHeader()
            .disableDateHeader()
            .serviceUnder("/", (ctx, request) -> HttpResponse.of(headers, body))
            .build();
    server.start().join();
    new CountDownLatch(1).await();
  }
}
