package io.thalweg.access;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.access.v1.ApiKey;
import io.thalweg.access.v1.ApiKeyCreated;
import io.thalweg.access.v1.ApiKeyRevoked;
import io.thalweg.access.v1.ApiKeyRow;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.GetApiKeyRequest;
import io.thalweg.access.v1.IdentifyApiKeyRequest;
import io.thalweg.access.v1.IdentifyApiKeyResponse;
import io.thalweg.access.v1.Permission;
import io.thalweg.access.v1.RevokeApiKeyRequest;
import io.thalweg.contract.Access;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.EventContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.security.MessageDigest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keys by name. A key that was revoked stays as a row, so that its name is not given again. */
final class ApiKeys {
  static final String OPERATIONS = "operations";

  private static final int MAX_KEYS = 10_000;
  private static final Pattern SERVICE = Pattern.compile("\\*|[a-z0-9-]{1,63}");

  private final Table<String, ApiKeyRow> rows;
  private final RowCount count;

  ApiKeys(Table<String, ApiKeyRow> rows, RowCount count) {
    this.rows = rows;
    this.count = count;
  }

  CreateApiKeyResponse create(CreateApiKeyRequest request, CommandContext context) {
    String name = request.getKey();
    Names.check("key", name);
    for (int i = 0; i < request.getPermissionsCount(); i++) {
      check("permissions[" + i + "]", request.getPermissions(i), context.caller().project());
    }
    if (request.hasExpireTime() && microsOf(request.getExpireTime()) <= context.logTimeUs()) {
      throw Failure.invalid("expire_time", "must be in the future");
    }
    if (rows.contains(name)) {
      throw Failure.of(
          Code.ALREADY_EXISTS,
          "there is or was a key '" + name + "'; names of keys are not given again");
    }
    if (count.count() >= MAX_KEYS) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED,
          "there are " + MAX_KEYS + " keys in this partition; no more can be made");
    }
    ApiKeySecret secret = ApiKeySecret.draw(context.caller().project(), name, context.random());
    byte[] salt = new byte[ApiKeySecret.SALT_BYTES];
    context.random().nextBytes(salt);
    ApiKey.Builder key =
        ApiKey.newBuilder()
            .setKey(name)
            .setDescription(request.getDescription())
            .addAllPermissions(request.getPermissionsList())
            .setCreateTime(Names.time(context.logTimeUs()))
            .setCreator(context.caller().principal());
    if (request.hasExpireTime()) {
      key.setExpireTime(request.getExpireTime());
    }
    context.emit(
        ApiKeyCreated.newBuilder()
            .setApiKey(key)
            .setSalt(ByteString.copyFrom(salt))
            .setHash(ByteString.copyFrom(ApiKeySecret.hash(salt, secret.text())))
            .build());
    return CreateApiKeyResponse.newBuilder().setApiKey(key).setSecret(secret.text()).build();
  }

  void created(ApiKeyCreated event, EventContext context) {
    rows.put(
        event.getApiKey().getKey(),
        ApiKeyRow.newBuilder()
            .setApiKey(event.getApiKey())
            .setSalt(event.getSalt())
            .setHash(event.getHash())
            .build());
  }

  ApiKey revoke(RevokeApiKeyRequest request, CommandContext context) {
    String name = request.getKey();
    if (!known(name).hasRevokeTime()) {
      context.emit(
          ApiKeyRevoked.newBuilder()
              .setKey(name)
              .setRevokeTime(Names.time(context.logTimeUs()))
              .build());
    }
    return known(name);
  }

  void revoked(ApiKeyRevoked event, EventContext context) {
    ApiKeyRow row = rows.get(event.getKey());
    if (row == null) {
      throw new IllegalStateException("there is no key '" + event.getKey() + "'");
    }
    ApiKeyRow.Builder after = row.toBuilder();
    // What it was checked by goes with it.
    after.clearSalt().clearHash().getApiKeyBuilder().setRevokeTime(event.getRevokeTime());
    rows.put(event.getKey(), after.build());
  }

  ApiKey get(GetApiKeyRequest request, QueryContext context) {
    return known(request.getKey());
  }

  IdentifyApiKeyResponse identify(IdentifyApiKeyRequest request, QueryContext context) {
    ApiKeyRow row = rows.get(request.getKey());
    if (row == null || !matches(row, request.getSecret())) {
      throw notThatKey();
    }
    ApiKey key = row.getApiKey();
    if (key.hasRevokeTime()
        || (key.hasExpireTime() && Names.us(key.getExpireTime()) <= context.logTimeUs())) {
      throw notThatKey();
    }
    IdentifyApiKeyResponse.Builder answer =
        IdentifyApiKeyResponse.newBuilder().addAllPermissions(key.getPermissionsList());
    if (key.hasExpireTime()) {
      answer.setExpireTime(key.getExpireTime());
    }
    return answer.build();
  }

  private static boolean matches(ApiKeyRow row, String secret) {
    byte[] hash = ApiKeySecret.hash(row.getSalt().toByteArray(), secret);
    return MessageDigest.isEqual(hash, row.getHash().toByteArray());
  }

  private static Failure notThatKey() {
    return Failure.of(Code.NOT_FOUND, "the key is unknown, revoked or expired");
  }

  private ApiKey known(String name) {
    @Nullable ApiKeyRow row = rows.get(name);
    if (row == null) {
      throw Failure.of(Code.NOT_FOUND, "there is no key '" + Failure.quote(name) + "'");
    }
    return row.getApiKey();
  }

  private static void check(String field, Permission permission, int project) {
    if (!SERVICE.matcher(permission.getService()).matches()) {
      throw Failure.invalid(
          field + ".service",
          "must be the name of a service, 'operations' or '*'; got '"
              + Failure.quote(permission.getService())
              + "'");
    }
    if (permission.getService().equals(OPERATIONS) && project != 0) {
      throw Failure.invalid(
          field + ".service", "must not be 'operations' but in a key of the project 'default'");
    }
    if (permission.getAccessList().contains(Access.ACCESS_UNSPECIFIED)) {
      throw Failure.invalid(field + ".access", "must be READ, WRITE or ADMIN");
    }
  }

  private static long microsOf(com.google.protobuf.Timestamp time) {
    try {
      return Names.us(time);
    } catch (ArithmeticException e) {
      throw Failure.invalid("expire_time", "must be from year 1 to 9999");
    }
  }
}
