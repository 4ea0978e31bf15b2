package dev.siskin.cli;

import picocli.CommandLine.Command;

/** The snapshots of collections; the work is in its subcommands. */
@Command(
        name = "snapshot",
        description = {
            "Make, list, download and delete snapshots of a collection, which goes on being written to.",
            "Where keys are in use it needs one of scope admin."
        },
        footer = {
            "",
            "Examples:",
            "  siskin snapshot create papers",
            "  siskin snapshot list papers",
            "  siskin snapshot download papers 20260131t120000z-1f3a5b7c --output papers.tar",
            "  siskin restore papers papers.tar"
        })
final class SnapshotCommand {}
