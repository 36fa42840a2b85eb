package io.thalweg.s3;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** A server that speaks S3, in this process, with an empty bucket in memory. */
public final class S3Server implements AutoCloseable {
  static final String BUCKET = "thalweg-tests";
  private static final String ACCESS_KEY = "access";
  private static final String SECRET_KEY = "secret";

  private final S3Proxy server;
  private final S3Client client;

  /** Starts it, on a free port of this machine. */
  public S3Server() throws Exception {
    server =
        S3Proxy.builder()
            .blobStore(new Atomic(new TransientNio2BlobStore()))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    client =
        S3Client.builder()
            .region(Region.US_EAST_1)
            .endpointOverride(URI.create("http://127.0.0.1:" + port()))
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build();
    client.createBucket(request -> request.bucket(BUCKET));
  }

  /** Where it listens. */
  public int port() {
    return server.getPort();
  }

  /** A client of its own, for what a store does not do. */
  S3Client client() {
    return client;
  }

  /** How a store reaches it, through a port of this machine. */
  public static S3Options options(int port) {
    return S3Options.of(URI.create("http://127.0.0.1:" + port), "us-east-1", BUCKET)
        .withCredentials(ACCESS_KEY, SECRET_KEY)
        .withKeyPrefix("cluster/")
        .withSizes(5 << 20, 16 << 20)
        .withTries(5, Duration.ofSeconds(60), Duration.ofMinutes(5));
  }

  @Override
  public void close() {
    client.close();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the server does not stop", e);
    }
  }

  /**
   * A store in memory whose conditional writes are one step, as those of Amazon's and others are.
   * That of the server looks first and writes then.
   */
  private static final class Atomic extends ForwardingBlobStore {
    Atomic(BlobStore store) {
      super(store);
    }

    @Override
    public synchronized PutObjectResponse putBlob(PutObjectRequest request, InputStream body) {
      String wanted = request.ifMatch();
      if (wanted != null) {
        HeadObjectResponse found =
            delegate().blobMetadataIfPresent(request.bucket(), request.key());
        if (found == null || !bare(found.eTag()).equals(bare(wanted))) {
          throw S3Exceptions.fromStatusCode(412);
        }
      }
      return super.putBlob(request, body);
    }

    private static String bare(String tag) {
      return tag.replace("\"", "");
    }
  }
}
