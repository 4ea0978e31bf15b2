package dev.siskin.cli.doctor;

import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.ModelDirectory;
import java.nio.file.Path;

/** Embeds one text: run by {@code siskin doctor} as a process with the retrieval service's jars and JVM options. */
final class EmbeddingProbe {
    private EmbeddingProbe() {}

    /** @param arguments the model folder */
    public static void main(String[] arguments) {
        int status = 0;
        try (Embedder embedder =
                Embedder.open(ModelDirectory.open(Path.of(arguments[0])), new EmbedderSettings(1, 1))) {
            float[] vector = embedder.embedQuery("does it work?").vector();
            System.out.println("one text embedded: " + vector.length + " dimensions");
        } catch (RuntimeException | LinkageError broken) {
            System.out.println(broken.getMessage());
            status = 1;
        }
        System.exit(status);
    }
}
