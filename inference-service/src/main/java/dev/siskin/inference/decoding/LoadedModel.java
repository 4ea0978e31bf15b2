package dev.siskin.inference.decoding;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A model's session and its KV cache, tried out on a few tokens.
 *
 * <h2>Session options</h2>
 *
 * The arena is on, weights outside it, and the memory pattern off, for the reasons given with the embedding model: one
 * set of activations serves all steps, and no plan is kept for every length. Threads that wait for work sleep. Spinning
 * makes a step 3 to 10 % faster where a decoder has its processors to itself; beside one busy neighbour, as the service
 * that searches is, a step that spins takes 17 ms where one that sleeps takes 12 (135 million weights, 2 threads).
 *
 * @param graphFile    the graph that was opened: the model's own, or what was kept of it
 * @param endTokens    ids that end a sequence
 * @param prefillChunk tokens of a prompt in one run
 * @param kvBytes      of KV cache: as the limits allow, and no more than all rows at their longest and the prefixes kept
 *                     beside them could take
 */
record LoadedModel(
        Path graphFile, GraphRunner runner, KvCache cache, Set<Integer> endTokens, int prefillChunk, long kvBytes)
        implements AutoCloseable {

    /** Of the logits of one run: a graph that gives logits of every position gets shorter chunks. */
    private static final long MOST_LOGITS_BYTES = 32 << 20;

    private static final int LEAST_CHUNK = 16;

    /** How far logits of the same weights in another layout may be off, of themselves. */
    private static final double LIKE = 1e-3;

    /**
     * Loads the model.
     *
     * @param packed where its graph is kept as it is in memory, see {@link PackedGraph}; empty where it is not kept
     * @throws ModelFolderException      where ONNX Runtime cannot open the graph
     * @throws UnsupportedModelException where it is of a kind that cannot be run here
     * @throws IllegalArgumentException  where the limits leave no room for a sequence
     */
    static LoadedModel open(ModelFolder folder, DecoderLimits limits, Optional<Path> packed) {
        OrtEnvironment environment = OnnxRuntime.environment();
        try {
            if (packed.isEmpty()) {
                return open(folder, limits, environment, folder.graphFile());
            }
            return open(
                    folder,
                    limits,
                    environment,
                    PackedGraph.of(
                            folder,
                            packed.get(),
                            environment,
                            () -> options(limits),
                            graph -> isLike(folder, limits, environment, graph),
                            PackedGraph.FreeSpace.OF_DISK));
        } catch (OrtException e) {
            String message = GraphRunner.firstLine(e);
            if (message.contains("NOT_IMPLEMENTED") || message.contains("is not a registered")) {
                throw new UnsupportedModelException("%s: %s".formatted(folder.graphFile(), message));
            }
            throw new ModelFolderException(
                    "%s is not a usable ONNX graph: %s".formatted(folder.graphFile(), message), e);
        } finally {
            NativeMemory.trim();
        }
    }

    /** Whether a graph says the same as the folder's own when it is tried out. */
    private static boolean isLike(ModelFolder folder, DecoderLimits limits, OrtEnvironment environment, Path graph) {
        float[] own;
        try (LoadedModel model = open(folder, limits, environment, folder.graphFile())) {
            own = model.tryOut();
        } catch (OrtException e) {
            throw new DecodingException("the model could be opened once: " + GraphRunner.firstLine(e), e);
        }
        try (LoadedModel model = open(folder, limits, environment, graph)) {
            float[] other = model.tryOut();
            for (int token = 0; token < own.length; token++) {
                if (!(Math.abs(own[token] - other[token]) <= LIKE * Math.max(1, Math.abs(own[token])))) {
                    return false;
                }
            }
            return true;
        } catch (OrtException | UnsupportedModelException e) {
            return false;
        }
    }

    private static LoadedModel open(ModelFolder folder, DecoderLimits limits, OrtEnvironment environment, Path graph)
            throws OrtException {
        LoadedModel model;
        try (SessionOptions options = options(limits)) {
            OrtSession session = environment.createSession(graph.toString(), options);
            try {
                model = open(folder, limits, environment, graph, session);
            } catch (RuntimeException | OrtException | Error e) {
                session.close();
                throw e;
            }
        }
        try {
            float[] logits = model.tryOut();
            if (!Float.isFinite(logits[Sampler.likeliest(logits)])) {
                throw new DecodingException("its logits are not finite");
            }
            return model;
        } catch (DecodingException e) {
            model.close();
            throw new UnsupportedModelException(
                    "%s cannot be run with its cache as inputs and outputs: %s".formatted(graph, e.getMessage()));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static SessionOptions options(DecoderLimits limits) throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // its errors come as exceptions
        options.setIntraOpNumThreads(limits.threads());
        options.setInterOpNumThreads(1);
        options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
        options.setCPUArenaAllocator(true);
        options.setMemoryPatternOptimization(false);
        options.addConfigEntry("session.use_device_allocator_for_initializers", "1");
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }

    private static LoadedModel open(
            ModelFolder folder, DecoderLimits limits, OrtEnvironment environment, Path graphFile, OrtSession session)
            throws OrtException {
        DecoderGraph graph = DecoderGraph.of(folder, session);
        int rows = graph.canBatch() ? limits.maxSequences() : 1;
        int context = context(folder, limits, graph, rows);
        int chunk = Math.min(limits.prefillChunk(), context);
        if (!graph.isLastOnly()) {
            long positions = MOST_LOGITS_BYTES / Logits.rowBytes(graph);
            chunk = (int) Math.min(chunk, Math.max(LEAST_CHUNK, positions));
        }
        var runner = new GraphRunner(environment, session, graph, rows, chunk, context);
        try {
            KvCache cache = graph.isShared()
                    ? new SharedKvCache(runner, rows, context)
                    : new GrowingKvCache(runner, rows, context);
            long most = Admission.withPrefixes(
                    cache.bytes(cache.maxRows(), cache.maxTokens(), (long) cache.maxRows() * cache.maxTokens()));
            return new LoadedModel(
                    graphFile, runner, cache, folder.endTokens(), chunk, Math.min(limits.kvBytes(), most));
        } catch (RuntimeException | Error e) {
            runner.closeMemory();
            throw e;
        }
    }

    /** The most tokens of a sequence: by the model, the limits, the budget and the 2 GiB of a Java buffer. */
    private static int context(ModelFolder folder, DecoderLimits limits, DecoderGraph graph, int rows) {
        long copies = graph.isShared() ? 1 : 2;
        long largest =
                graph.cache().stream().mapToLong(CacheTensor::tokenBytes).max().orElse(1);
        long context = Math.min(limits.contextTokens(), folder.contextTokens());
        long rounding = graph.isShared() ? SharedKvCache.roundingBytes(graph) : GrowingKvCache.roundingBytes(graph);
        context = Math.min(context, (limits.kvBytes() - rounding) / (copies * graph.bytesPerToken()));
        context = Math.min(context, Integer.MAX_VALUE / (rows * largest) - rounding / graph.bytesPerToken());
        if (context < 2) {
            throw new IllegalArgumentException(
                    "kvBytes must have room for a sequence of %s: a token takes %d bytes and its pages %d; kvBytes=%d, maxSequences=%d"
                            .formatted(
                                    folder.path(), copies * graph.bytesPerToken(), rounding, limits.kvBytes(), rows));
        }
        return (int) context;
    }

    /** Runs two tokens and one more, which warms up what is made at first use; the logits behind them. */
    private float[] tryOut() {
        cache.enter(MemorySegment.NULL, 0, 0);
        cache.prefill(new int[Math.min(2, prefillChunk)]);
        cache.join();
        float[] logits = new float[runner.graph().vocabulary()];
        cache.step(new int[1]).last(0, logits);
        cache.leave(0);
        return logits;
    }

    @Override
    public void close() {
        cache.close();
        runner.close();
        NativeMemory.trim();
    }
}
