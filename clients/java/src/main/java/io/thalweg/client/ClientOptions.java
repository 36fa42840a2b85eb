package io.thalweg.client;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a builder collected; checked. */
record ClientOptions(
    ServerAddress server,
    @Nullable Supplier<String> token,
    Duration timeout,
    Duration connectPause,
    Duration connectTimeout,
    int maxInFlight,
    Retries retries,
    Hedging hedging,
    ClientListener listener) {}
