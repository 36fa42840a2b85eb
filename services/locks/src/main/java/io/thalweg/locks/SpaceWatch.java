package io.thalweg.locks;

import io.thalweg.locks.v1.BarrierJoined;
import io.thalweg.locks.v1.BarrierLeft;
import io.thalweg.locks.v1.BarrierOpened;
import io.thalweg.locks.v1.ClaimEnded;
import io.thalweg.locks.v1.ClaimGranted;
import io.thalweg.locks.v1.ClaimQueued;
import io.thalweg.locks.v1.RegisterDeleted;
import io.thalweg.locks.v1.RegisterWritten;
import io.thalweg.locks.v1.SessionEnded;
import io.thalweg.locks.v1.SessionOpened;
import io.thalweg.locks.v1.SpaceEvent;
import io.thalweg.locks.v1.ValueProclaimed;
import io.thalweg.locks.v1.WatchSpaceRequest;
import io.thalweg.runtime.WatchedEvent;
import org.jspecify.annotations.Nullable;

/** Picks out of the events of a slot what a watcher asked for. */
final class SpaceWatch {
  private SpaceWatch() {}

  static @Nullable SpaceEvent map(WatchSpaceRequest request, WatchedEvent watched) {
    SpaceEvent.Builder to = SpaceEvent.newBuilder();
    boolean wanted =
        switch (watched.event()) {
          case SessionOpened e -> {
            to.setSessionOpened(e);
            yield wants(request, e.getSpace(), "", e.getSession());
          }
          case SessionEnded e -> {
            to.setSessionEnded(e);
            yield wants(request, e.getSpace(), "", e.getSession());
          }
          case ClaimQueued e -> {
            to.setClaimQueued(e);
            yield wants(request, e.getSpace(), e.getLock(), e.getSession());
          }
          case ClaimGranted e -> {
            to.setClaimGranted(e);
            yield wants(request, e.getSpace(), e.getLock(), e.getSession());
          }
          case ClaimEnded e -> {
            to.setClaimEnded(e);
            yield wants(request, e.getSpace(), e.getLock(), e.getSession());
          }
          case ValueProclaimed e -> {
            to.setValueProclaimed(e);
            yield wants(request, e.getSpace(), e.getLock(), e.getSession());
          }
          case RegisterWritten e -> {
            to.setRegisterWritten(e);
            yield wants(request, e.getSpace(), e.getRegister(), "");
          }
          case RegisterDeleted e -> {
            to.setRegisterDeleted(e);
            yield wants(request, e.getSpace(), e.getRegister(), "");
          }
          case BarrierJoined e -> {
            to.setBarrierJoined(e);
            yield wants(request, e.getSpace(), e.getBarrier(), e.getSession());
          }
          case BarrierLeft e -> {
            to.setBarrierLeft(e);
            yield wants(request, e.getSpace(), e.getBarrier(), e.getSession());
          }
          case BarrierOpened e -> {
            to.setBarrierOpened(e);
            // Those who watch their session wait for it too.
            yield wants(request, e.getSpace(), e.getBarrier(), request.getSession());
          }
          default -> false;
        };
    return wanted
        ? to.setPosition(watched.position().toString())
            .setTimeMs(watched.logTimeUs() / 1_000)
            .build()
        : null;
  }

  private static boolean wants(
      WatchSpaceRequest request, String space, String name, String session) {
    return request.getSpace().equals(space)
        && (request.getName().isEmpty() || request.getName().equals(name))
        && (request.getSession().isEmpty() || request.getSession().equals(session));
  }
}
