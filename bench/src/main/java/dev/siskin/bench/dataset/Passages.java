package dev.siskin.bench.dataset;

import dev.siskin.api.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Passages with their vectors, in order and a portion at a time. Where there are more vectors than texts, the texts
 * begin anew. For one thread.
 */
public final class Passages implements AutoCloseable {
    /**
     * One of them.
     *
     * @param number its place, from 0
     * @param vector {@code [dimensions]}
     */
    @SuppressWarnings("ArrayRecordComponent") // compared with nothing
    public record Passage(int number, String text, float[] vector) {
        public String id() {
            return "p" + number;
        }
    }

    private final Path corpus;
    private final VectorFile vectors;
    private final int count;
    private BufferedReader texts;
    private int next;

    /** @param most passages; fewer where the file has fewer vectors */
    public Passages(Path corpus, Path vectors, int dimensions, int most) throws IOException {
        this.corpus = corpus;
        this.vectors = VectorFile.open(vectors, dimensions);
        this.count = (int) Math.min(most, this.vectors.count());
        this.texts = Files.newBufferedReader(corpus);
    }

    public int count() {
        return count;
    }

    /** The next passages; none at the end. */
    public List<Passage> next(int most) throws IOException {
        var portion = new ArrayList<Passage>();
        while (portion.size() < most && next < count) {
            portion.add(new Passage(next, text(), vectors.read(next)));
            next++;
        }
        return portion;
    }

    private String text() throws IOException {
        String line = texts.readLine();
        if (line == null) {
            texts.close();
            texts = Files.newBufferedReader(corpus);
            line = texts.readLine();
        }
        if (line == null) {
            throw new IOException("there are no texts in " + corpus);
        }
        return Json.MAPPER.readTree(line).get("text").asText();
    }

    @Override
    public void close() throws IOException {
        texts.close();
        vectors.close();
    }
}
