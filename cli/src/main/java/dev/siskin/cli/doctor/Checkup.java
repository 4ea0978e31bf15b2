package dev.siskin.cli.doctor;

import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.Installation;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.settings.Settings;
import java.util.List;
import java.util.function.Supplier;

/** All checks of a machine, in the order of what depends on what. */
public final class Checkup {
    private final List<Supplier<List<Finding>>> checks;

    public Checkup(Installation installation, DataFolder data, Settings settings) {
        var machine = new MachineChecks(data);
        var parts = new InstallationChecks(installation, ModelLibrary.of(settings, installation.home()));
        this.checks = List.of(
                machine::java,
                parts::modules,
                parts::nativeLibraries,
                parts::models,
                parts::embedding,
                new PortChecks(data, settings)::ports,
                machine::memory,
                machine::disk,
                machine::openFiles,
                new KeyChecks(data)::keys);
    }

    /** Runs them all; one that fails does not stop the others. */
    public List<Finding> run() {
        return checks.stream().map(Supplier::get).flatMap(List::stream).toList();
    }
}
