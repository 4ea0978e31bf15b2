package dev.siskin.cli;

import picocli.CommandLine.Command;

/** The API keys of a data folder; the work is in its subcommands. */
@Command(
        name = "keys",
        description = {
            "Create, list and revoke API keys.",
            "Without a key file the services are open to this machine alone; with one, every request needs a key."
        },
        footer = {
            "",
            "Examples:",
            "  siskin keys create --tenant acme --scopes query,write",
            "  siskin keys list",
            "  siskin keys revoke acme-1f3a"
        })
final class KeysCommand {}
