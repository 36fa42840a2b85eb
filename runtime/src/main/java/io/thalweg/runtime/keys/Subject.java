package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Whose data is sealed: a name within a service and a project.
 *
 * @param service name of the service in the log
 * @param project number of the project
 * @param name 1 to {@value #MAX_NAME_BYTES} bytes of UTF-8
 * @param hash what keys are kept under: the first {@value #HASH_BYTES} bytes of the SHA-256 of all
 *     three
 */
public record Subject(String service, int project, String name, ByteString hash) {
  /** The most bytes of a subject's name. */
  public static final int MAX_NAME_BYTES = 512;

  /** Bytes of {@link #hash}. */
  public static final int HASH_BYTES = 16;

  /** Of a name whose bounds were checked. */
  public static Subject of(String service, int project, String name) {
    byte[] digest = sha256().digest(bytes(service, project, name));
    return new Subject(
        service, project, name, ByteString.copyFrom(Arrays.copyOf(digest, HASH_BYTES)));
  }

  /** Service, project and name, so that no two subjects have the same bytes. */
  byte[] bytes() {
    return bytes(service, project, name);
  }

  private static byte[] bytes(String service, int project, String name) {
    byte[] first = service.getBytes(StandardCharsets.UTF_8);
    byte[] last = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Integer.BYTES + first.length + Integer.BYTES + last.length)
        .putInt(first.length)
        .put(first)
        .putInt(project)
        .put(last)
        .array();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
