package dev.siskin.cli.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run of the indexer as a child process that shares this command's terminal. */
public final class IndexerProcess {
    private static final String MODULE = "indexer";
    private static final String MAIN_CLASS = "dev.siskin.indexer.Indexer";
    private static final String PARSER_MEMORY = "SISKIN_INDEXER_READ_PARSER_MEMORY";

    private IndexerProcess() {}

    /**
     * Runs the indexer to its end. When this command is interrupted meanwhile, so is the indexer, which can go on
     * where it stopped; it is waited for.
     *
     * @return the indexer's exit status
     * @throws dev.siskin.cli.CommandFailure where it cannot be started
     */
    public static int run(
            Installation installation, IndexerMemory memory, List<String> arguments, Map<String, String> environment) {
        var options = new ArrayList<>(List.of("-Xmx" + memory.heapBytes()));
        // Java does not look at TMPDIR, where other programs put their temporary files.
        Optional.ofNullable(System.getenv("TMPDIR"))
                .filter(folder -> !folder.isBlank())
                .ifPresent(folder -> options.add("-Djava.io.tmpdir=" + folder));
        var command = new ArrayList<>(installation.command(MODULE, MAIN_CLASS, options));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command)
                .directory(installation.home().toFile())
                .inheritIO();
        configure(builder.environment(), memory, environment);
        return ChildProcess.run(builder, "the indexer", Process::waitFor);
    }

    /**
     * Sets what the indexer finds in its environment.
     *
     * @param inherited from this process; what is shared out of the memory takes the place of what it says of that
     */
    static void configure(Map<String, String> inherited, IndexerMemory memory, Map<String, String> environment) {
        inherited.put("MALLOC_ARENA_MAX", "2");
        inherited.put(PARSER_MEMORY, Long.toString(memory.parserBytes()));
        inherited.put("ORT_DISABLE_TELEMETRY", "1");
        inherited.putAll(environment);
    }
}
