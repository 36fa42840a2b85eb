package io.thalweg.testkit;

import com.google.protobuf.Message;
import io.thalweg.runtime.Position;
import org.jspecify.annotations.Nullable;

/**
 * An answer that reached a client.
 *
 * @param client its number
 * @param request what was asked
 * @param requestName the name under which it was asked, or null
 * @param isCommand whether it could change something
 * @param outcome reply or refusal
 * @param partition the service and partition that answered, such as "tally/1"; null for a refusal
 * @param position what the reply saw; null for a refusal
 */
public record Answered(
    int client,
    Message request,
    @Nullable String requestName,
    boolean isCommand,
    Outcome outcome,
    @Nullable String partition,
    @Nullable Position position) {}
