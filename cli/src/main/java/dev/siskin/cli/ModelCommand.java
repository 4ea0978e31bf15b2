package dev.siskin.cli;

import picocli.CommandLine.Command;

/** The models that write answers; the work is in its subcommands. */
@Command(
        name = "model",
        description = {
            "List, add, pull, remove, check and use the models that write answers in inference-service.",
            "Those that were added lie in models/ of the data folder."
        },
        footer = {
            "",
            "Examples:",
            "  siskin model list",
            "  siskin model pull onnx-community/Qwen2.5-0.5B-Instruct",
            "  siskin model add ~/models/smollm2-135m-instruct",
            "  siskin model check smollm2-135m-instruct",
            "  siskin model use smollm2-135m-instruct",
            "  siskin model remove smollm2-135m-instruct"
        })
final class ModelCommand {}
