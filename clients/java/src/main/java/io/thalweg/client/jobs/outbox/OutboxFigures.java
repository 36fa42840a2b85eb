package io.thalweg.client.jobs.outbox;

/**
 * What a relay has done since it was started.
 *
 * @param relayed rows that became jobs and are deleted
 * @param again of them: those whose job was there already, since a relay was ended in between
 * @param refused rows that were put aside, with the reason in their column {@code error}
 * @param failures rounds that ended without a commit and were begun again
 */
public record OutboxFigures(long relayed, long again, long refused, long failures) {}
