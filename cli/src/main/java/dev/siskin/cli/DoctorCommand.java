package dev.siskin.cli;

import dev.siskin.cli.doctor.Checkup;
import dev.siskin.cli.doctor.Finding;
import dev.siskin.cli.print.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks that this machine has what Siskin needs. */
@Command(
        name = "doctor",
        description = "Check that this machine has what Siskin needs: each ok, or with its remedy.",
        footer = {"", "Examples:", "  siskin doctor", "  siskin doctor --json --data ~/siskin-data"})
final class DoctorCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin
    Output output = new Output();

    @Mixin
    DataOption dataOption = new DataOption();

    DoctorCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        List<Finding> findings =
                new Checkup(invocation.installation(), dataOption.folder(invocation), invocation.settings()).run();
        if (output.json) {
            Output.printJson(invocation, findings);
        } else {
            findings.forEach(this::print);
        }
        return findings.stream().allMatch(Finding::ok) ? 0 : 1;
    }

    private void print(Finding finding) {
        Terminal terminal = invocation.terminal();
        String mark = finding.ok() ? terminal.green("ok    ") : terminal.red("FAILED");
        terminal.line(mark + "  " + terminal.bold(finding.check()) + ": " + finding.detail());
        if (finding.remedy() != null) {
            terminal.line("        remedy: " + finding.remedy());
        }
    }
}
