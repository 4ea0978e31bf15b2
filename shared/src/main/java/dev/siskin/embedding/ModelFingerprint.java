package dev.siskin.embedding;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Everything that decides an embedder's vectors, small enough to keep beside them.
 *
 * <p>As JSON (Jackson, snake_case) it is part of a collection's manifest. Fields of version 1:
 *
 * @param version of this format: 1
 * @param name the model's name: for messages, not compared
 * @param modelSha256 hash of {@code model.onnx}
 * @param tokenizerSha256 hash of {@code tokenizer.json}
 * @param pooling {@code cls} or {@code mean}
 * @param queryPrefix goes before a query
 * @param passagePrefix goes before a passage
 * @param dimensions floats in a vector
 * @param maxTokens tokens the model takes
 * @param normalise whether vectors are scaled to length 1
 * @param probes fixed texts and their vectors as passages
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ModelFingerprint(
        int version,
        String name,
        String modelSha256,
        String tokenizerSha256,
        Pooling pooling,
        String queryPrefix,
        String passagePrefix,
        int dimensions,
        int maxTokens,
        boolean normalise,
        List<Probe> probes) {

    /** The format this class writes. */
    public static final int VERSION = 1;

    /**
     * Least cosine between the vectors of every probe for two models to be the same. int8 results differ between
     * processors and equivalent graphs by some thousandths (a padded batch, which is worse, keeps .998 on average);
     * the vectors of two models are unrelated and far below.
     */
    public static final double LEAST_PROBE_COSINE = 0.99;

    private static final List<String> PROBE_TEXTS = List.of(
            "how is the queue bounded?",
            "The siskin is a small finch of coniferous woodland that feeds on alder and birch seeds in winter.",
            "SELECT count(*) FROM orders WHERE total > 99.5; -- 2026-01-01",
            "Größe, naïve café, 東京, and a bird \uD83D\uDC26");

    /**
     * One text and the vector it got.
     *
     * @param text the text
     * @param vector base64 of {@code [dimensions]} little-endian float32
     */
    public record Probe(String text, String vector) {

        static Probe of(String text, float[] vector) {
            ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            return new Probe(text, Base64.getEncoder().encodeToString(bytes.array()));
        }

        /** The vector, {@code [dimensions]}. */
        public float[] floats() {
            byte[] bytes = Base64.getDecoder().decode(vector);
            float[] floats = new float[bytes.length / Float.BYTES];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(floats);
            return floats;
        }

        private double cosine(Probe other) {
            float[] a = floats();
            float[] b = other.floats();
            double product = 0;
            double squaresOfA = 0;
            double squaresOfB = 0;
            for (int i = 0; i < a.length; i++) {
                product += (double) a[i] * b[i];
                squaresOfA += (double) a[i] * a[i];
                squaresOfB += (double) b[i] * b[i];
            }
            return product / Math.sqrt(squaresOfA * squaresOfB);
        }
    }

    /** Throws {@link IllegalArgumentException} for another version, or a probe that is not {@code [dimensions]}. */
    public ModelFingerprint {
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "fingerprint version must be %d: version=%d; use the release that wrote it"
                            .formatted(VERSION, version));
        }
        probes = List.copyOf(probes);
        for (Probe probe : probes) {
            int length = probe.floats().length;
            if (length != dimensions) {
                throw new IllegalArgumentException(
                        "a probe vector must have dimensions=%d floats: length=%d".formatted(dimensions, length));
            }
        }
    }

    /** Hashes the tokenizer's file and embeds the probe texts: some 0.1 s. */
    static ModelFingerprint of(ModelDirectory directory, EmbeddingModel model) {
        EmbeddingManifest manifest = directory.manifest();
        return new ModelFingerprint(
                VERSION,
                manifest.name(),
                model.sha256(),
                ModelDirectory.sha256(directory.tokenizerFile()),
                manifest.pooling(),
                manifest.queryPrefix(),
                manifest.passagePrefix(),
                manifest.dimensions(),
                manifest.maxTokens(),
                manifest.normalise(),
                PROBE_TEXTS.stream()
                        .map(text -> Probe.of(
                                text, model.embed(EmbeddingInput.PASSAGE, text).vector()))
                        .toList());
    }

    /**
     * A short name for it: {@code e1-} and 32 hexadecimal digits, equal for the same files used the same way, on every
     * machine. Name and probes are not in it.
     */
    public String id() {
        String all = String.join(
                "\0",
                modelSha256,
                tokenizerSha256,
                pooling.name(),
                queryPrefix,
                passagePrefix,
                Integer.toString(dimensions),
                Integer.toString(maxTokens),
                Boolean.toString(normalise));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
            return "e1-" + HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** Whether vectors under the other fingerprint may be compared with those under this one. */
    public FingerprintMatch compare(ModelFingerprint other) {
        if (!usedLike(other)) {
            return FingerprintMatch.DIFFERENT;
        }
        if (modelSha256.equals(other.modelSha256) && tokenizerSha256.equals(other.tokenizerSha256)) {
            return FingerprintMatch.SAME_FILES;
        }
        double[] cosines = probes.stream()
                .flatMap(probe -> other.probes.stream()
                        .filter(candidate -> candidate.text().equals(probe.text()))
                        .flatMap(candidate -> Stream.of(probe.cosine(candidate))))
                .mapToDouble(Double::doubleValue)
                .toArray();
        if (cosines.length == 0) {
            return FingerprintMatch.UNKNOWN;
        }
        for (double cosine : cosines) {
            if (!(cosine >= LEAST_PROBE_COSINE)) {
                return FingerprintMatch.DIFFERENT;
            }
        }
        return FingerprintMatch.SAME_VECTORS;
    }

    private boolean usedLike(ModelFingerprint other) {
        return pooling == other.pooling
                && queryPrefix.equals(other.queryPrefix)
                && passagePrefix.equals(other.passagePrefix)
                && dimensions == other.dimensions
                && maxTokens == other.maxTokens
                && normalise == other.normalise;
    }
}
