/** Tests of backup and restore of a log. */
@org.jspecify.annotations.NullMarked
package io.thalweg.log.backup;
