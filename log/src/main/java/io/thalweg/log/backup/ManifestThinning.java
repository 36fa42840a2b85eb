package io.thalweg.log.backup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Which manifests of continuous archiving are kept: every one of the last minute, the last one of
 * each minute of the last hour, the last one of each hour for ever. A restore to a time needs only
 * the newest; the others are there to be restored as they are. Those of single runs are kept.
 *
 * <p>Times are counted back from the newest manifest.
 */
final class ManifestThinning {
  private static final long MINUTE_US = TimeUnit.MINUTES.toMicros(1);
  private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);

  private record Archived(long number, long timeUs) {}

  private final List<Archived> archived = new ArrayList<>();
  private long newestUs;

  static ManifestThinning of(BackupDirectory directory) throws IOException {
    ManifestThinning thinning = new ManifestThinning();
    for (long number : directory.manifests()) {
      try {
        thinning.add(directory.manifest(number));
      } catch (BackupException e) {
        // A damaged one is left for a person to see.
      }
    }
    return thinning;
  }

  void add(BackupManifest manifest) {
    add(manifest.number(), manifest.cut().timeUs(), manifest.archived());
  }

  void add(long number, long timeUs, boolean byArchiving) {
    newestUs = Math.max(newestUs, timeUs);
    if (byArchiving) {
      archived.add(new Archived(number, timeUs));
    }
  }

  /** The numbers of those that are not kept; they are forgotten here. */
  List<Long> tooMany() {
    List<Long> tooMany = new ArrayList<>();
    Set<Long> taken = new HashSet<>();
    for (int i = archived.size() - 1; i >= 0; i--) {
      Archived manifest = archived.get(i);
      long ageUs = newestUs - manifest.timeUs();
      boolean kept =
          ageUs <= MINUTE_US
              || taken.add(
                  ageUs <= HOUR_US ? manifest.timeUs() / MINUTE_US : -manifest.timeUs() / HOUR_US);
      if (!kept) {
        tooMany.add(manifest.number());
      }
    }
    archived.removeIf(manifest -> tooMany.contains(manifest.number()));
    return tooMany;
  }
}
