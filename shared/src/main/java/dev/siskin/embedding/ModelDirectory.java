package dev.siskin.embedding;

import dev.siskin.runtime.ModelDirectoryException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A folder with one embedding model in three files: {@code model.onnx}, the graph with its weights; {@code
 * tokenizer.json}, in the format of Hugging Face's tokenizers; and {@code embedding.json}, see {@link
 * EmbeddingManifest}.
 *
 * <p>The graph takes {@code input_ids} and, where it declares them, {@code attention_mask} and {@code token_type_ids},
 * all int64 {@code [1, tokens]}, and gives float {@code [1, tokens, dimensions]}.
 *
 * <p>A fourth file, {@code fused.onnx}, may hold the same graph made faster, on the weights in {@code model.onnx}. It
 * counts only where it was made of that very file: see {@link EmbeddingModel}.
 *
 * @param path the folder
 * @param manifest what its {@code embedding.json} says
 */
public record ModelDirectory(Path path, EmbeddingManifest manifest) {

    private static final String MANIFEST = "embedding.json";
    private static final String MODEL = "model.onnx";
    private static final String FUSED = "fused.onnx";
    private static final String TOKENIZER = "tokenizer.json";
    private static final int READ_BYTES = 64 * 1024;

    /**
     * Reads the manifest and finds the other two files; loads nothing yet.
     *
     * @throws ModelDirectoryException if a file is missing or the manifest is wrong
     */
    public static ModelDirectory open(Path path) {
        for (String file : new String[] {MANIFEST, MODEL, TOKENIZER}) {
            if (!Files.isRegularFile(path.resolve(file))) {
                throw new ModelDirectoryException("%s has no %s: a model directory holds %s, %s and %s"
                        .formatted(path, file, MODEL, TOKENIZER, MANIFEST));
            }
        }
        return new ModelDirectory(path, EmbeddingManifest.read(path.resolve(MANIFEST)));
    }

    /** The graph and its weights. */
    public Path modelFile() {
        return path.resolve(MODEL);
    }

    /** The same graph made faster, if there is one; nothing is known of it yet. */
    Optional<Path> fusedFile() {
        return Optional.of(path.resolve(FUSED)).filter(Files::isRegularFile);
    }

    /** The tokenizer's vocabulary and rules. */
    public Path tokenizerFile() {
        return path.resolve(TOKENIZER);
    }

    /**
     * Compares both files with the hashes in the manifest, where it has them. Reads every byte: tens of milliseconds.
     *
     * @throws ModelDirectoryException naming the first file that is not the one the manifest was written for
     */
    public void verify() {
        verify(modelFile(), "model_sha256", manifest.modelSha256());
        verify(tokenizerFile(), "tokenizer_sha256", manifest.tokenizerSha256());
    }

    private static void verify(Path file, String field, Optional<String> expected) {
        if (expected.isEmpty()) {
            return;
        }
        String found = sha256(file);
        if (!found.equals(expected.get())) {
            throw new ModelDirectoryException(
                    "%s is not the file of the manifest: %s=%s, found %s; copy it again or correct the manifest"
                            .formatted(file, field, expected.get(), found));
        }
    }

    /** The file's SHA-256 in lower-case hexadecimal, read in small pieces. */
    static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[READ_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new ModelDirectoryException("%s cannot be read: %s".formatted(file, e), e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
