package dev.siskin.cli;

import picocli.CommandLine.Command;

/** Measures of quality over judged queries; the work is in its subcommands. */
@Command(
        name = "evaluate",
        description = "Measure how well a collection is searched, over queries whose relevant documents are known.",
        footer = {
            "",
            "Examples:",
            "  siskin evaluate retrieval --corpus ~/scifact --collection scifact --save before.json",
            "  siskin evaluate retrieval --corpus ~/scifact --collection scifact --baseline before.json"
        })
final class EvaluateCommand {}
