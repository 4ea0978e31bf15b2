package dev.siskin.embedding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The model directories that the build unpacked, and copies of them to spoil. */
final class TestModels {
    static final String BGE = "bge-small-en-v1.5";
    static final String MINILM = "all-minilm-l6-v2";

    private TestModels() {}

    static ModelDirectory directory(String name) {
        return ModelDirectory.open(path(name));
    }

    static Path path(String name) {
        String models = System.getProperty("siskin.models");
        if (models == null) {
            throw new IllegalStateException("siskin.models is not set: run the tests with Maven");
        }
        return Path.of(models, name);
    }

    /** A user's own directory: the model's two files under another roof, with this manifest. */
    static Path copy(String name, Path to, String manifest) throws IOException {
        Files.createDirectories(to);
        Files.copy(path(name).resolve("model.onnx"), to.resolve("model.onnx"));
        Files.copy(path(name).resolve("tokenizer.json"), to.resolve("tokenizer.json"));
        Files.writeString(to.resolve("embedding.json"), manifest);
        return to;
    }

    /** A directory whose manifest alone can be read. */
    static Path hollow(Path to, String manifest) throws IOException {
        Files.createDirectories(to);
        Files.createFile(to.resolve("model.onnx"));
        Files.createFile(to.resolve("tokenizer.json"));
        Files.writeString(to.resolve("embedding.json"), manifest);
        return to;
    }

    static double cosine(float[] a, float[] b) {
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
