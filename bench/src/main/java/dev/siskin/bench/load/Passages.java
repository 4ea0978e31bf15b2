package dev.siskin.bench.load;

import dev.siskin.api.Json;
import dev.siskin.bench.dataset.VectorFile;
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
final class Passages implements AutoCloseable {
    private final Path corpus;
    private final VectorFile vectors;
    private final int count;
    private BufferedReader texts;
    private int next;

    /** @param most passages; fewer where the file has fewer vectors */
    Passages(Path corpus, Path vectors, int dimensions, int most) throws IOException {
        this.corpus = corpus;
        this.vectors = VectorFile.open(vectors, dimensions);
        this.count = (int) Math.min(most, this.vectors.count());
        this.texts = Files.newBufferedReader(corpus);
    }

    int count() {
        return count;
    }

    /** The next passages; none at the end. */
    List<Target.Passage> next(int most) throws IOException {
        var portion = new ArrayList<Target.Passage>();
        while (portion.size() < most && next < count) {
            portion.add(new Target.Passage(next, text(), vectors.read(next)));
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
