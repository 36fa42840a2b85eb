package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;

/**
 * A message, timer or result of an effect that its handler refused for good, or threw at, kept
 * until an operator has it executed again or drops it.
 *
 * @param id names it within its service: partition and offset, for example {@code 3-1042}
 * @param service the service that refused it
 * @param project of the message
 * @param source where it came from: a partition and the message's number, such as {@code
 *     accounts/3#17}, or {@code timer:} and the timer's name, or {@code effect:} and the effect's
 *     id
 * @param request the message, or what came back with the result of an effect; an {@code Any} if
 *     this build does not know its type
 * @param code of the refusal
 * @param reason what the refusal said
 * @param timeUs log time of the refusal, microseconds since 1970
 */
public record DeadLetter(
    String id,
    String service,
    int project,
    String source,
    Message request,
    Code code,
    String reason,
    long timeUs) {}
