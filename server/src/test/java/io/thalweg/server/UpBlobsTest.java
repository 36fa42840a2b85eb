package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.blob.BlobStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where nodes share checkpoints: the option. */
class UpBlobsTest {
  @Test
  void aDirectoryIsMade(@TempDir Path data) {
    Path folder = data.resolve("shared");
    UpBlobs options = UpBlobs.NONE.with(folder.toString(), "5m");
    assertThat(options.every()).isEqualTo(Duration.ofMinutes(5));
    try (BlobStore store = Objects.requireNonNull(options.open())) {
      assertThat(store).isNotNull();
      assertThat(folder).isDirectory();
    }
  }

  @Test
  void withoutItThereIsNone() {
    assertThat(UpBlobs.NONE.open()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "s3://B                      | bucket must have 3 to 63 characters",
        "s3://                       | bucket must have 3 to 63 characters",
        "s3://bucket/p?zone=x        | behind the ? are [endpoint, region]",
        "s3://bucket/p?endpoint      | behind the ? are [endpoint, region]",
      })
  void aBadPlaceIsRefused(String where, String why) {
    assertThatThrownBy(() -> UpBlobs.NONE.with(where, null))
        .isInstanceOf(BadOption.class)
        .hasMessageContaining(why);
  }

  @Test
  void aBadAgeIsRefused() {
    assertThatThrownBy(() -> UpBlobs.NONE.with(null, "10s"))
        .hasMessageContaining("checkpoint-every must be minutes, hours or days");
    assertThatThrownBy(() -> UpBlobs.NONE.with(null, "3d"))
        .hasMessageContaining("checkpoint-every must be from 1m to 1d");
  }
}
