package io.thalweg.bench;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** Pauses for garbage collection in this process, in whole milliseconds as the JVM tells them. */
final class GcPauses {
  private final List<Long> pausesMs = new ArrayList<>();

  private GcPauses() {}

  /** Begins to listen. */
  static GcPauses listen() {
    GcPauses pauses = new GcPauses();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(
            (notification, handback) -> pauses.heard(notification.getUserData()), null, null);
      }
    }
    return pauses;
  }

  private synchronized void heard(Object data) {
    if (data instanceof CompositeData composite) {
      GarbageCollectionNotificationInfo info = GarbageCollectionNotificationInfo.from(composite);
      pausesMs.add(info.getGcInfo().getDuration());
    }
  }

  /** What came since this was asked last, in words. */
  synchronized String take() {
    long total = 0;
    long longest = 0;
    for (long pause : pausesMs) {
      total += pause;
      longest = Math.max(longest, pause);
    }
    String words =
        String.format(
            Locale.ROOT, "%d pauses, %d ms in all, longest %d ms", pausesMs.size(), total, longest);
    pausesMs.clear();
    return words;
  }
}
