package io.thalweg.server.load;

import picocli.CommandLine.Command;

/** {@code thalweg load}: the parent of one command per service. */
@Command(
    name = "load",
    description = "Loads a file into a service, exactly once.",
    synopsisSubcommandLabel = "SERVICE",
    subcommands = LoadLeaderboardCommand.class)
public final class LoadCommand {}
