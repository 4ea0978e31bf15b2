package dev.siskin.inference.decoding;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A decoder model at work: sequences join and leave at the borders of its steps. Thread-safe.
 *
 * <h2>Steps</h2>
 *
 * One thread runs the model. At each border it ends what is cancelled, late or complete and lets waiting sequences in,
 * in the order they came; then it runs one chunk of one prompt, and one token of every sequence whose prompt is done. So
 * a long prompt holds the others up for a chunk a step. What one sequence gets does not depend on the others, but for the
 * rounding of a larger batch and, where activations are quantized, for the scale that a batch shares.
 *
 * <h2>Admission</h2>
 *
 * A sequence is let in when its prompt and all it may write have room in the KV cache beside those that run, each
 * counted as if it wrote all it may: what was let in cannot run out of room. It waits for that as long as it has time.
 *
 * <h2>Failure</h2>
 *
 * A step that fails takes the sequences in it with it, and no others. Native memory is freed by {@link #close()}.
 */
public final class Decoder implements AutoCloseable {
    /** ONNX Runtime runs on it; the service's threads have small stacks. */
    private static final long STACK_BYTES = 4L << 20;

    private final LoadedModel model;
    private final StepLoop loop;
    private final Thread thread;
    private boolean isClosed;

    Decoder(LoadedModel model, Drafting drafting, String name) {
        this.model = model;
        this.loop = new StepLoop(model, model.kvBytes(), drafting);
        this.thread = Thread.ofPlatform()
                .name("decode-" + name)
                .daemon()
                .stackSize(STACK_BYTES)
                .start(loop);
    }

    /**
     * Loads a model and tries it out on a few tokens.
     *
     * @throws ModelFolderException      naming the file that ONNX Runtime cannot open
     * @throws UnsupportedModelException naming what of the model is not supported
     * @throws IllegalArgumentException  where the limits leave no room for a sequence
     */
    public static Decoder open(ModelFolder folder, DecoderLimits limits) {
        return open(folder, limits, Drafting.PROMPT_LOOKUP, Optional.empty());
    }

    /**
     * As {@link #open(ModelFolder, DecoderLimits)}.
     *
     * @param drafting whether a sequence that runs alone is written several tokens a run
     * @param packed   a directory where weights are kept in the layout of this processor, as large as the model or larger:
     *                 they are mapped from there, where otherwise each process makes its own in memory. The first opening
     *                 writes them. A directory that cannot be written to costs a line in the log
     */
    public static Decoder open(ModelFolder folder, DecoderLimits limits, Drafting drafting, Optional<Path> packed) {
        String name = String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
        return new Decoder(LoadedModel.open(folder, limits, packed), drafting, name);
    }

    /**
     * Whether the model's weights are kept in this directory, so that {@link #open(ModelFolder, DecoderLimits, Drafting,
     * Optional)} writes nothing there.
     */
    public static boolean isPacked(ModelFolder folder, Path packed) {
        return PackedGraph.isKept(folder, packed, OnnxRuntime.environment());
    }

    /**
     * Writes one sequence. Blocks the calling thread until it has ended.
     *
     * @param sink      takes the tokens on this thread, one by one, the end token left out; what it throws ends the
     *                  sequence
     * @param cancelled asked at each border, on the decoder's thread: whether nobody waits any more
     * @throws SequenceTooLongException where it could never run here
     * @throws DecodingException        where the model fails on it, or is closed under it
     * @throws IllegalArgumentException where a token of the prompt is none of the model's
     * @throws IllegalStateException    where the decoder is closed
     */
    public Decoded decode(DecodeRequest request, TokenSink sink, BooleanSupplier cancelled) {
        check(request);
        var sequence = new Sequence(request, cancelled, System.nanoTime());
        loop.submit(sequence);
        return sequence.await(sink);
    }

    private void check(DecodeRequest request) {
        for (int token : request.prompt()) {
            if (token < 0 || token >= vocabulary()) {
                throw new IllegalArgumentException(
                        "a token must be 0 to %d: token=%d; the tokenizer is of another model"
                                .formatted(vocabulary() - 1, token));
            }
        }
        long tokens = (long) request.prompt().length + request.maxNewTokens();
        if (tokens > contextTokens()) {
            throw new SequenceTooLongException(
                    "a sequence takes at most %d tokens here: prompt=%d, maxNewTokens=%d; a token takes %d bytes of kvBytes=%d"
                            .formatted(
                                    contextTokens(),
                                    request.prompt().length,
                                    request.maxNewTokens(),
                                    bytesPerToken(),
                                    kvBytes()));
        }
    }

    /** The most tokens of a sequence, prompt included: by the model, the limits and the budget. */
    public int contextTokens() {
        return model.cache().maxTokens();
    }

    /** Ids are below it. */
    public int vocabulary() {
        return model.runner().graph().vocabulary();
    }

    /** KV cache that one token of a sequence takes, in bytes. */
    public long bytesPerToken() {
        return model.cache().bytesPerToken();
    }

    /** The most KV cache that so many sequences of so many tokens each take together, rounded as it is kept. */
    public long cacheBytes(int sequences, int tokensEach) {
        return model.cache().bytes(sequences, tokensEach, (long) sequences * tokensEach);
    }

    /**
     * What the model takes beside its KV cache, predicted from the file of the graph that was loaded.
     *
     * @param folder that it was opened from
     */
    public ModelFootprint footprint(ModelFolder folder) {
        return ModelFootprint.of(folder, model);
    }

    /** The KV cache that all sequences and kept prefixes together may take, in bytes. */
    public long kvBytes() {
        return model.kvBytes();
    }

    /** Whether sequences of so many tokens each, prompts included, may run together. For any thread. */
    public boolean hasRoom(List<Integer> tokens) {
        long longest = tokens.stream().mapToLong(Integer::longValue).max().orElse(0);
        long sum = tokens.stream().mapToLong(Integer::longValue).sum();
        return tokens.size() <= maxSequences() && model.cache().bytes(tokens.size(), longest, sum) <= kvBytes();
    }

    /** The most sequences that run together. */
    public int maxSequences() {
        return model.cache().maxRows();
    }

    /** Whether the graph extends its KV cache in place, so that a step copies none of it. */
    public boolean isCacheShared() {
        return model.runner().graph().isShared();
    }

    public DecoderStats stats() {
        return loop.stats();
    }

    /** Ends what runs and waits with {@link DecodingException}, and frees the model. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        loop.close();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // a step ends soon, and native memory must not be freed under it
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        model.close();
    }
}
