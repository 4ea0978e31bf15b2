package dev.siskin.bench;

import picocli.CommandLine.Command;

/** Prints what stands beside every figure. */
@Command(name = "facts", mixinStandardHelpOptions = true, description = "Prints one line about this machine.")
final class FactsCommand implements Runnable {
    @Override
    public void run() {
        System.out.println(MachineFacts.line());
    }
}
