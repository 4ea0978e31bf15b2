package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One run of the indexer as a child process that shares this command's terminal. */
public final class IndexerProcess {
    private static final String MODULE = "indexer";
    private static final String MAIN_CLASS = "dev.siskin.indexer.Indexer";
    private static final String PARSER_MEMORY = "SISKIN_INDEXER_READ_PARSER_MEMORY";
    private static final long STOP_TIMEOUT_SECONDS = 30;

    private Optional<Process> indexer = Optional.empty();
    private boolean stopping;

    private IndexerProcess() {}

    /**
     * Runs the indexer to its end. When this command is interrupted meanwhile, so is the indexer, which can go on
     * where it stopped; it is waited for.
     *
     * @return the indexer's exit status
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
        var running = new IndexerProcess();
        var stop = new Thread(running::stop, "stop-indexer");
        try {
            // Before the indexer is there: interrupted in between, this command would leave it running.
            Runtime.getRuntime().addShutdownHook(stop);
            int status = running.start(builder).waitFor();
            remove(stop);
            return status;
        } catch (IllegalStateException shuttingDown) {
            throw new CommandFailure("interrupted before indexing began");
        } catch (IOException refused) {
            throw new CommandFailure("the indexer cannot be started: " + refused.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted while indexing");
        }
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

    /** @throws IllegalStateException where this process is ending already */
    private synchronized Process start(ProcessBuilder builder) throws IOException {
        if (stopping) {
            throw new IllegalStateException("this process is ending");
        }
        Process started = builder.start();
        indexer = Optional.of(started);
        return started;
    }

    private synchronized Optional<Process> beginStop() {
        stopping = true;
        return indexer;
    }

    private void stop() {
        beginStop().ifPresent(IndexerProcess::stop);
    }

    private static void stop(Process indexer) {
        indexer.destroy();
        try {
            if (!indexer.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                indexer.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            indexer.destroyForcibly();
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is running and sees that the indexer has ended.
            return;
        }
    }
}
