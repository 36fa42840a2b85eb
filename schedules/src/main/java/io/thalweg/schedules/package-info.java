/** Cron in a time zone, with a rule for clock changes: when the next time of a schedule comes. */
@NullMarked
package io.thalweg.schedules;

import org.jspecify.annotations.NullMarked;
