package io.thalweg.locks;

import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.ArriveRequest;
import io.thalweg.locks.v1.Barrier;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.CloseSessionResponse;
import io.thalweg.locks.v1.DeleteRegisterRequest;
import io.thalweg.locks.v1.DeleteRegisterResponse;
import io.thalweg.locks.v1.EndWaitRequest;
import io.thalweg.locks.v1.ExpireSessionRequest;
import io.thalweg.locks.v1.GetBarrierRequest;
import io.thalweg.locks.v1.GetClaimRequest;
import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.GetRegisterRequest;
import io.thalweg.locks.v1.GetSessionRequest;
import io.thalweg.locks.v1.GetSpaceRequest;
import io.thalweg.locks.v1.GrantOnRequest;
import io.thalweg.locks.v1.HeartbeatRequest;
import io.thalweg.locks.v1.HeartbeatResponse;
import io.thalweg.locks.v1.LeaveBarrierRequest;
import io.thalweg.locks.v1.ListLocksRequest;
import io.thalweg.locks.v1.ListLocksResponse;
import io.thalweg.locks.v1.ListSessionsRequest;
import io.thalweg.locks.v1.ListSessionsResponse;
import io.thalweg.locks.v1.ListSpacesRequest;
import io.thalweg.locks.v1.ListSpacesResponse;
import io.thalweg.locks.v1.LockDetails;
import io.thalweg.locks.v1.LocksProto;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.ProclaimRequest;
import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.ReleaseResponse;
import io.thalweg.locks.v1.Session;
import io.thalweg.locks.v1.SessionDetails;
import io.thalweg.locks.v1.SetSpaceLimitsRequest;
import io.thalweg.locks.v1.Space;
import io.thalweg.locks.v1.SpaceEvent;
import io.thalweg.locks.v1.SpaceLimitsSet;
import io.thalweg.locks.v1.WatchSpaceRequest;
import io.thalweg.locks.v1.WriteRegisterRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Ephemeral;
import io.thalweg.runtime.FencingGuard;
import io.thalweg.runtime.Quotas;
import io.thalweg.runtime.ServiceType;
import java.util.Map;

/** The service: what it keeps, and which class does what. */
public final class Locks {
  /** The contract and how an instance is made. */
  public static final ServiceType TYPE = type(Quotas.DEFAULTS);

  /** The quotas of a project in a partition, by their names, with what they are by default. */
  public static final Map<String, Long> QUOTAS = ProjectQuotas.DEFAULTS;

  private static final int GUARD_TABLE = 11;

  /** Sessions whose heartbeats a partition remembers. */
  private static final int MAX_HEARD = 1_000_000;

  private final Rows rows;

  /** The service with other quotas; those of other services are passed over. */
  public static ServiceType type(Quotas quotas) {
    return ServiceType.of(
        LocksProto.getDescriptor().findServiceByName("Locks"), d -> new Locks(d, quotas));
  }

  Locks(Definition d, Quotas quotas) {
    rows = new Rows(d, quotas);
    Ephemeral<Sessions.Heard, Long> heard = d.ephemeral("heartbeats", MAX_HEARD);
    Registers registers = new Registers(rows, FencingGuard.of(d, GUARD_TABLE));
    Claims claims = new Claims(rows);
    Barriers barriers = new Barriers(rows);
    Sessions sessions = new Sessions(rows, heard, claims, barriers);
    Reads reads = new Reads(rows, sessions);
    new AppliedEvents(rows, registers).define(d);

    d.command(OpenSessionRequest.class, Session.class, sessions::open);
    d.signal(HeartbeatRequest.class, HeartbeatResponse.class, sessions::heartbeat);
    d.command(CloseSessionRequest.class, CloseSessionResponse.class, sessions::close);
    d.command(ExpireSessionRequest.class, CloseSessionResponse.class, sessions::expire);
    d.command(AcquireRequest.class, Claim.class, claims::acquire);
    d.command(ReleaseRequest.class, ReleaseResponse.class, claims::release);
    d.command(EndWaitRequest.class, ReleaseResponse.class, claims::endWait);
    d.command(GrantOnRequest.class, ReleaseResponse.class, claims::grantOn);
    d.command(ProclaimRequest.class, Claim.class, claims::proclaim);
    d.command(WriteRegisterRequest.class, Register.class, registers::write);
    d.command(DeleteRegisterRequest.class, DeleteRegisterResponse.class, registers::delete);
    d.command(ArriveRequest.class, Barrier.class, barriers::arrive);
    d.command(LeaveBarrierRequest.class, Barrier.class, barriers::leave);
    d.command(SetSpaceLimitsRequest.class, Space.class, this::setLimits);
    d.query(GetSessionRequest.class, SessionDetails.class, reads::session);
    d.query(GetClaimRequest.class, Claim.class, reads::claim);
    d.query(GetLockRequest.class, LockDetails.class, reads::lock);
    d.query(ListLocksRequest.class, ListLocksResponse.class, reads::locks);
    d.query(ListSessionsRequest.class, ListSessionsResponse.class, reads::sessions);
    d.query(GetSpaceRequest.class, Space.class, reads::space);
    d.query(GetRegisterRequest.class, Register.class, registers::get);
    d.query(GetBarrierRequest.class, Barrier.class, barriers::get);
    d.scan(ListSpacesRequest.class, ListSpacesResponse.class, reads::spaces, Reads::merge);
    d.watch(WatchSpaceRequest.class, SpaceEvent.class, SpaceWatch::map);
  }

  private Space setLimits(SetSpaceLimitsRequest request, CommandContext context) {
    context.emit(
        SpaceLimitsSet.newBuilder()
            .setSpace(request.getSpace())
            .setLimits(request.getLimits())
            .build());
    return Reads.space(request.getSpace(), rows.space(request.getSpace()));
  }
}
