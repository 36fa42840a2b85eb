package io.thalweg.client;

import com.google.protobuf.Message;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.CloseSessionResponse;
import io.thalweg.locks.v1.GetClaimRequest;
import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.GetRegisterRequest;
import io.thalweg.locks.v1.GetSessionRequest;
import io.thalweg.locks.v1.HeartbeatRequest;
import io.thalweg.locks.v1.HeartbeatResponse;
import io.thalweg.locks.v1.LockDetails;
import io.thalweg.locks.v1.LocksProto;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.ProclaimRequest;
import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.ReleaseResponse;
import io.thalweg.locks.v1.Session;
import io.thalweg.locks.v1.SessionDetails;
import io.thalweg.locks.v1.SpaceEvent;
import io.thalweg.locks.v1.WatchSpaceRequest;
import io.thalweg.locks.v1.WriteRegisterRequest;

/** Methods of locks, as their contract has them. */
final class LocksMethods {
  static final ServiceMethod<OpenSessionRequest, Session> OPEN_SESSION =
      method("OpenSession", OpenSessionRequest.getDefaultInstance(), Session.getDefaultInstance());
  static final ServiceMethod<HeartbeatRequest, HeartbeatResponse> HEARTBEAT =
      method(
          "Heartbeat",
          HeartbeatRequest.getDefaultInstance(),
          HeartbeatResponse.getDefaultInstance());
  static final ServiceMethod<CloseSessionRequest, CloseSessionResponse> CLOSE_SESSION =
      method(
          "CloseSession",
          CloseSessionRequest.getDefaultInstance(),
          CloseSessionResponse.getDefaultInstance());
  static final ServiceMethod<GetSessionRequest, SessionDetails> GET_SESSION =
      method(
          "GetSession",
          GetSessionRequest.getDefaultInstance(),
          SessionDetails.getDefaultInstance());
  static final ServiceMethod<AcquireRequest, Claim> ACQUIRE =
      method("Acquire", AcquireRequest.getDefaultInstance(), Claim.getDefaultInstance());
  static final ServiceMethod<ReleaseRequest, ReleaseResponse> RELEASE =
      method("Release", ReleaseRequest.getDefaultInstance(), ReleaseResponse.getDefaultInstance());
  static final ServiceMethod<ProclaimRequest, Claim> PROCLAIM =
      method("Proclaim", ProclaimRequest.getDefaultInstance(), Claim.getDefaultInstance());
  static final ServiceMethod<GetClaimRequest, Claim> GET_CLAIM =
      method("GetClaim", GetClaimRequest.getDefaultInstance(), Claim.getDefaultInstance());
  static final ServiceMethod<GetLockRequest, LockDetails> GET_LOCK =
      method("GetLock", GetLockRequest.getDefaultInstance(), LockDetails.getDefaultInstance());
  static final ServiceMethod<GetRegisterRequest, Register> GET_REGISTER =
      method("GetRegister", GetRegisterRequest.getDefaultInstance(), Register.getDefaultInstance());
  static final ServiceMethod<WriteRegisterRequest, Register> WRITE_REGISTER =
      method(
          "WriteRegister",
          WriteRegisterRequest.getDefaultInstance(),
          Register.getDefaultInstance());
  static final ServiceMethod<WatchSpaceRequest, SpaceEvent> WATCH_SPACE =
      method("WatchSpace", WatchSpaceRequest.getDefaultInstance(), SpaceEvent.getDefaultInstance());

  private LocksMethods() {}

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        LocksProto.getDescriptor().findServiceByName("Locks"), name, request, reply);
  }
}
