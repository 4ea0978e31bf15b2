package dev.siskin.embedding;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.Result;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import dev.siskin.runtime.ModelDirectoryException;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.runtime.Tokenizer;
import dev.siskin.runtime.UseGate;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loaded model: one tokenizer and one ONNX Runtime session, which runs one unpadded text a call on the calling
 * thread. A padded batch would change int8 results, whose quantization takes one scale over the whole batch.
 *
 * <h2>Session options, by measurement</h2>
 *
 * bge-small int8, texts of up to 512 tokens, PSS of a bare process on Linux:
 *
 * <ul>
 *   <li>One session shared by two callers instead of a session each: 30 MB less when loaded, the same results.
 *   <li>Arena on, weights outside it ({@code session.use_device_allocator_for_initializers}): 189 MB at most with two
 *       callers, against 297 MB with it off, where the C library keeps the freed buffers of every thread. The arena
 *       keeps one set for all, and a text of known length finds it in place.
 *   <li>Memory pattern off: it keeps a plan for every text length seen.
 *   <li>All graph optimizations: the same results as the extended ones; the basic ones leave attention unfused and need
 *       270 MB more at 512 tokens.
 * </ul>
 *
 * <h2>Fused graph</h2>
 *
 * Where the directory holds a {@code fused.onnx} made of its {@code model.onnx} and for its pooling, that graph runs;
 * where it does not, or cannot be opened, the plain one does. Both come as near to the unquantized model's vectors and
 * rank alike, but single vectors differ (cosine .9989 on average); the fingerprint is the same, and names the plain
 * graph's file.
 *
 * <p>Every method may be called from several platform threads at once. Native memory is freed by {@link #close()}.
 */
final class EmbeddingModel implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddingModel.class);

    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String TYPES = "token_type_ids";
    private static final String PREFERRED_OUTPUT = "last_hidden_state";

    private final EmbeddingManifest manifest;
    private final String sha256;
    private final boolean isFused;
    private final Tokenizer tokenizer;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Set<String> inputs;
    private final String output;
    private final UseGate gate = new UseGate("embedding model");

    private EmbeddingModel(
            ModelDirectory directory,
            String sha256,
            boolean isFused,
            Tokenizer tokenizer,
            OrtEnvironment environment,
            OrtSession session)
            throws OrtException {
        this.manifest = directory.manifest();
        this.sha256 = sha256;
        this.isFused = isFused;
        this.tokenizer = tokenizer;
        this.environment = environment;
        this.session = session;
        this.inputs = checkedInputs(directory, session);
        this.output = checkedOutput(directory, session);
    }

    /**
     * Loads the model.
     *
     * @throws ModelDirectoryException if a file is not what it should be, or graph and manifest disagree
     * @throws IllegalStateException if the native libraries are not found, see {@link NativeLibraries}
     */
    static EmbeddingModel open(ModelDirectory directory) {
        Tokenizer tokenizer = Tokenizer.open(directory.tokenizerFile());
        try {
            return open(directory, tokenizer);
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private static EmbeddingModel open(ModelDirectory directory, Tokenizer tokenizer) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "siskin");
        String sha256 = ModelDirectory.sha256(directory.modelFile());
        try (SessionOptions options = options()) {
            Optional<OrtSession> fused = fused(directory, sha256, environment, options);
            OrtSession session = fused.isPresent()
                    ? fused.get()
                    : environment.createSession(directory.modelFile().toString(), options);
            try {
                return new EmbeddingModel(directory, sha256, fused.isPresent(), tokenizer, environment, session);
            } catch (RuntimeException | OrtException | Error e) {
                session.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new ModelDirectoryException(
                    "%s is not a usable ONNX graph: %s".formatted(directory.modelFile(), firstLine(e)), e);
        }
    }

    private static Optional<OrtSession> fused(
            ModelDirectory directory, String sha256, OrtEnvironment environment, SessionOptions options) {
        Optional<Path> file = directory.fusedFile();
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            OrtSession session = environment.createSession(file.get().toString(), options);
            boolean isUsed = false;
            try {
                Map<String, String> metadata = session.getMetadata().getCustomMetadata();
                isUsed = sha256.equals(metadata.get("source_sha256"))
                        && directory.manifest().pooling().name().equalsIgnoreCase(metadata.get("pooling"));
            } finally {
                if (!isUsed) {
                    session.close();
                }
            }
            if (isUsed) {
                return Optional.of(session);
            }
            LOG.warn("{} was made of another model.onnx or for another pooling and is not used", file.get());
        } catch (OrtException e) {
            LOG.warn("{} is not used, the plain graph is: {}", file.get(), firstLine(e));
        }
        return Optional.empty();
    }

    private static String firstLine(OrtException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static SessionOptions options() throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
        options.setCPUArenaAllocator(true);
        options.setMemoryPatternOptimization(false);
        options.addConfigEntry("session.use_device_allocator_for_initializers", "1");
        return options;
    }

    private static Set<String> checkedInputs(ModelDirectory directory, OrtSession session) {
        Set<String> names = Set.copyOf(session.getInputNames());
        if (!names.contains(IDS) || !Set.of(IDS, MASK, TYPES).containsAll(names)) {
            throw new ModelDirectoryException(
                    "%s: graph inputs must be %s and at most %s, %s: inputs=%s; export it anew"
                            .formatted(
                                    directory.modelFile(),
                                    IDS,
                                    MASK,
                                    TYPES,
                                    names.stream().sorted().toList()));
        }
        return names;
    }

    private static String checkedOutput(ModelDirectory directory, OrtSession session) throws OrtException {
        Set<Map.Entry<String, NodeInfo>> outputs = session.getOutputInfo().entrySet();
        Map.Entry<String, NodeInfo> chosen = outputs.stream()
                .filter(output -> output.getKey().equals(PREFERRED_OUTPUT))
                .findFirst()
                .orElseGet(() -> outputs.iterator().next());
        String name = chosen.getKey();
        long[] shape = chosen.getValue().getInfo() instanceof TensorInfo tensor ? tensor.getShape() : new long[0];
        if (shape.length != 3) {
            throw new ModelDirectoryException(
                    "%s: graph output must be [batch, tokens, dimensions]: %s=%s; export the hidden states"
                            .formatted(directory.modelFile(), name, Arrays.toString(shape)));
        }
        checkDimensions(directory.manifest(), shape[2]);
        return name;
    }

    /** A graph may leave its last dimension open (-1 here): then every run is checked. */
    private static void checkDimensions(EmbeddingManifest manifest, long found) {
        if (found != -1 && found != manifest.dimensions()) {
            throw new ModelDirectoryException(
                    "dimensions of model %s must be those of its graph, %d: dimensions=%d; correct embedding.json"
                            .formatted(manifest.name(), found, manifest.dimensions()));
        }
    }

    EmbeddingManifest manifest() {
        return manifest;
    }

    /** Whether the fused graph runs. */
    boolean isFused() {
        return isFused;
    }

    /** Of {@code model.onnx}, whichever graph runs. */
    String sha256() {
        return sha256;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * Embeds one text behind the prefix of its kind, on this thread.
     *
     * @throws EmbeddingException if the model fails on it
     * @throws IllegalStateException if the model is closed
     */
    Embedding embed(EmbeddingInput input, String text) {
        return gate.use(() -> {
            Tokenizer.Tokens tokens = tokenizer.encode(manifest.prefix(input) + text, manifest.maxTokens());
            int count = tokens.ids().length;
            if (count == 0) {
                throw new EmbeddingException("model %s makes no token of this text: length=%d; give it a word"
                        .formatted(manifest.name(), text.length()));
            }
            try {
                return new Embedding(vector(run(tokens), count), count, tokens.truncated());
            } catch (OrtException e) {
                throw new EmbeddingException(
                        "model %s failed on a text of %d tokens: %s".formatted(manifest.name(), count, firstLine(e)),
                        e);
            }
        });
    }

    /** The hidden states, {@code [tokens * dimensions]}. */
    private FloatBuffer run(Tokenizer.Tokens tokens) throws OrtException {
        int count = tokens.ids().length;
        long[] mask = new long[count];
        Arrays.fill(mask, 1);
        try (OnnxTensor ids = row(tokens.ids());
                OnnxTensor attention = row(mask);
                OnnxTensor types = row(tokens.types())) {
            Map<String, OnnxTensor> feed = new LinkedHashMap<>(Map.of(IDS, ids, MASK, attention, TYPES, types));
            feed.keySet().retainAll(inputs);
            try (Result result = session.run(feed, Set.of(output))) {
                OnnxTensor states = (OnnxTensor) result.get(0);
                checkDimensions(manifest, states.getInfo().getShape()[2]);
                return states.getFloatBuffer();
            }
        }
    }

    private OnnxTensor row(long[] values) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), new long[] {1, values.length});
    }

    private float[] vector(FloatBuffer states, int tokens) {
        float[] vector = new float[manifest.dimensions()];
        switch (manifest.pooling()) {
            case CLS -> states.get(0, vector);
            case MEAN -> average(states, tokens, vector);
        }
        if (manifest.normalise()) {
            scaleToLengthOne(vector);
        }
        return vector;
    }

    private static void average(FloatBuffer states, int tokens, float[] vector) {
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < vector.length; i++) {
                vector[i] += states.get(token * vector.length + i);
            }
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= tokens;
        }
    }

    private static void scaleToLengthOne(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        if (!Double.isFinite(squares) || squares == 0) {
            throw new EmbeddingException(
                    "a vector's length must be above 0 and finite: length=%s; the model's files may be damaged, check them"
                            .formatted(Math.sqrt(squares)));
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
    }

    /** Waits for the runs under way and frees session and tokenizer. */
    @Override
    public void close() {
        gate.close(() -> {
            tokenizer.close();
            try {
                session.close();
            } catch (OrtException e) {
                throw new IllegalStateException("model " + manifest.name() + " did not close: " + firstLine(e), e);
            }
        });
    }
}
