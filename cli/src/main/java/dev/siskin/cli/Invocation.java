package dev.siskin.cli;

import dev.siskin.cli.print.Terminal;
import dev.siskin.cli.process.Installation;
import dev.siskin.settings.Settings;
import java.util.Map;

/** What a command finds around it. */
public record Invocation(Installation installation, Map<String, String> environment, Terminal terminal) {
    static Invocation ofThisProcess() {
        Map<String, String> environment = System.getenv();
        return new Invocation(Installation.ofThisProcess(), environment, Terminal.ofThisProcess(environment));
    }

    /** The settings that the services started from here get too. */
    public Settings settings() {
        return Settings.load(environment);
    }
}
