package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.thalweg.contract.Sealed;
import io.thalweg.runtime.test.ForgetSubjectRequest;
import io.thalweg.runtime.test.GetNameRequest;
import io.thalweg.runtime.test.ListNamesRequest;
import io.thalweg.runtime.test.ListNamesResponse;
import io.thalweg.runtime.test.NameSet;
import io.thalweg.runtime.test.ProfileName;
import io.thalweg.runtime.test.ProfilesProto;
import io.thalweg.runtime.test.SetNameRequest;
import io.thalweg.runtime.test.WatchNamesRequest;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import org.jspecify.annotations.Nullable;

/** Profiles with a name, which is sealed. */
final class Profiles {
  static final ServiceType TYPE =
      ServiceType.of(ProfilesProto.getDescriptor().findServiceByName("Profiles"), Profiles::new);

  private final Table<String, Sealed> names;

  Profiles(Definition d) {
    names =
        d.table(
            1, "names", KeyCodecs.string(), ValueCodecs.of(Sealed::toByteArray, Profiles::parse));
    d.command(SetNameRequest.class, ProfileName.class, this::set);
    d.command(ForgetSubjectRequest.class, ProfileName.class, this::forget);
    d.query(GetNameRequest.class, ProfileName.class, (q, context) -> get(q.getProfile(), context));
    d.scan(
        ListNamesRequest.class,
        ListNamesResponse.class,
        this::list,
        (q, parts) -> {
          ListNamesResponse.Builder all = ListNamesResponse.newBuilder();
          parts.forEach(all::mergeFrom);
          return all.build();
        });
    d.watch(WatchNamesRequest.class, ProfileName.class, Profiles::watch);
    d.event(NameSet.class, (event, context) -> names.put(event.getProfile(), event.getName()));
  }

  private ProfileName set(SetNameRequest request, CommandContext context) {
    Sealed sealed = context.seal(request.getSubject(), request.getName());
    for (int i = 0; i < request.getMore(); i++) {
      context.seal(request.getSubject() + "-" + i, request.getName());
    }
    if (!request.getDrop()) {
      context.emit(NameSet.newBuilder().setProfile(request.getProfile()).setName(sealed).build());
    }
    if (request.getRefuse()) {
      throw Failure.of(Code.FAILED_PRECONDITION, "refused");
    }
    return get(request.getProfile(), context);
  }

  private ProfileName forget(ForgetSubjectRequest request, CommandContext context) {
    boolean forgot = context.forget(request.getSubject());
    ProfileName answer = get(request.getProfile(), context);
    if (!request.getName().isEmpty()) {
      context.emit(
          NameSet.newBuilder()
              .setProfile(request.getProfile())
              .setName(context.seal(request.getSubject(), request.getName()))
              .build());
    }
    if (request.getRefuse()) {
      throw Failure.of(Code.FAILED_PRECONDITION, "refused");
    }
    return answer.toBuilder().setForgot(forgot).build();
  }

  private ProfileName get(String profile, Unsealing context) {
    return answer(profile, names.get(profile), context);
  }

  private static ProfileName answer(String profile, @Nullable Sealed sealed, Unsealing context) {
    ProfileName.Builder answer = ProfileName.newBuilder().setProfile(profile);
    if (sealed != null) {
      context.unsealText(sealed).ifPresent(answer::setName);
    }
    return answer.build();
  }

  private ListNamesResponse list(ListNamesRequest request, ScanContext context) {
    ListNamesResponse.Builder all = ListNamesResponse.newBuilder();
    context
        .scanAll(names)
        .forEachRemaining(row -> all.addNames(answer(row.key(), row.value(), context)));
    return all.build();
  }

  private static @Nullable ProfileName watch(WatchNamesRequest request, WatchedEvent watched) {
    return watched.event() instanceof NameSet set && set.getProfile().equals(request.getProfile())
        ? answer(set.getProfile(), set.getName(), watched)
        : null;
  }

  private static Sealed parse(byte[] bytes) {
    try {
      return Sealed.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
