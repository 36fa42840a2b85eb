package io.thalweg.server;

import picocli.CommandLine.Command;

/** {@code thalweg log}: the parent of what looks into a log. */
@Command(
    name = "log",
    description = "Looks into the log of a node that does not run.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = LogDumpCommand.class)
final class LogCommand {}
