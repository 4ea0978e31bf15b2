package dev.siskin.bench;

import dev.siskin.bench.batching.BatchingCommand;
import dev.siskin.bench.dataset.CorpusCommand;
import dev.siskin.bench.dataset.DrawCommand;
import dev.siskin.bench.dataset.EmbedCommand;
import dev.siskin.bench.dataset.TruthCommand;
import dev.siskin.bench.decoding.AgreementCommand;
import dev.siskin.bench.decoding.DecodingCommand;
import dev.siskin.bench.decoding.DecodingMemoryCommand;
import dev.siskin.bench.decoding.DraftsCommand;
import dev.siskin.bench.embedding.ChunksCommand;
import dev.siskin.bench.embedding.EmbeddingCommand;
import dev.siskin.bench.load.BulkCommand;
import dev.siskin.bench.load.LoadCommand;
import dev.siskin.bench.serving.HitsCommand;
import dev.siskin.bench.serving.IdleCommand;
import dev.siskin.bench.serving.OverheadCommand;
import dev.siskin.bench.serving.OverloadCommand;
import dev.siskin.bench.vectors.FiltersCommand;
import dev.siskin.bench.vectors.VectorsCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Entry point of the benchmarks. Most measure services that are already running and print the machine's facts with their
 * figures; the scripts in {@code bench/} start the services in control groups, run these and add the memory.
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures the running services, and vector search, batching and decoding in process.",
        subcommands = {
            PrepareCommand.class,
            RankingCommand.class,
            AnswersCommand.class,
            AbstentionCommand.class,
            LatencyCommand.class,
            CorpusCommand.class,
            EmbedCommand.class,
            TruthCommand.class,
            BulkCommand.class,
            LoadCommand.class,
            VectorsCommand.class,
            FiltersCommand.class,
            DrawCommand.class,
            ChunksCommand.class,
            EmbeddingCommand.class,
            DecodingCommand.class,
            DraftsCommand.class,
            AgreementCommand.class,
            DecodingMemoryCommand.class,
            BatchingCommand.class,
            OverloadCommand.class,
            HitsCommand.class,
            OverheadCommand.class,
            IdleCommand.class,
            FactsCommand.class,
            DrawnCollectionsCommand.class
        })
public final class Bench implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli injects it
    private CommandSpec spec;

    private Bench() {}

    @Override
    public void run() {
        spec.commandLine().usage(System.err);
    }

    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /** Runs a command; 0 where it did what it should, 1 where it failed, 2 where it was called wrongly. */
    public static int execute(String... args) {
        CommandLine bench = new CommandLine(new Bench());
        bench.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("bench: " + failure.getMessage());
            return 1;
        });
        return bench.execute(args);
    }
}
