package io.thalweg.crashtest;

import com.google.protobuf.ByteString;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.jobs.Worker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A worker in a process of its own, to be killed. It writes down what it begins, one line a job, in
 * a file that outlives it.
 *
 * <p>Arguments: where the node is, the queue, the file.
 */
final class WorkerProgram {
  private static final Duration LEASE = Duration.ofSeconds(2);
  private static final int CONCURRENCY = 8;

  private WorkerProgram() {}

  /** Works until it is killed. */
  public static void main(String[] args) throws IOException, InterruptedException {
    try (OutputStream begun =
            Files.newOutputStream(
                Path.of(args[2]), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        ThalwegClient client = ThalwegClient.at(args[0]).timeout(Duration.ofSeconds(20)).open();
        Worker _ =
            Worker.of(client, args[1])
                .lease(LEASE)
                .concurrency(CONCURRENCY)
                .handleOthers(job -> {
                  String line = job.spec().getLabel() + " " + job.token() + "\n";
                  // One write: the kernel has it, or it has not, whenever the process is killed.
                  begun.write(line.getBytes(StandardCharsets.UTF_8));
                  Thread.sleep(5);
                  return ByteString.copyFromUtf8(line);
                })
                .start()) {
      new CountDownLatch(1).await();
    }
  }
}
