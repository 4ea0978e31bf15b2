package dev.siskin.cli.model;

import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolder.Graph;
import dev.siskin.generators.WeightsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which files of a model's folder are needed beside its graphs. */
final class ModelFiles {
    private static final Pattern SMALL =
            Pattern.compile("(?:config|generation_config|genai_config|siskin|special_tokens_map"
                    + "|added_tokens|tokenizer[\\w.-]*)\\.json|chat_template\\.(?:json|jinja)"
                    + "|(?:licen[cs]e|notice|use_policy)[\\w.-]*");

    /** Of smaller graphs nobody notices where the weights lie. */
    private static final long LEAST_MOVED_BYTES = 1L << 20;

    private ModelFiles() {}

    /** Whether a file in the folder itself, not in one below, is configuration, tokenizer, chat template or licence. */
    static boolean isSmall(String name) {
        return SMALL.matcher(name.toLowerCase(Locale.ROOT)).matches();
    }

    /** The files to take of a whole folder, seen from there, sorted. */
    static List<String> of(GeneratorFolder model) throws IOException {
        var files = new TreeSet<String>();
        try (Stream<Path> content = Files.list(model.path())) {
            content.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(ModelFiles::isSmall)
                    .forEach(files::add);
        }
        for (Graph graph : model.graphs()) {
            files.add(graph.file());
            files.addAll(graph.data());
        }
        return List.copyOf(files);
    }

    /**
     * Moves weights out of the files of graphs that hold them: see {@link WeightsFile}. One that the disk has no room to
     * rewrite stays as it is.
     */
    static void moveWeightsOut(GeneratorFolder model, FreeSpace space) throws IOException {
        for (Graph graph : model.graphs()) {
            boolean worthIt = graph.data().isEmpty() && graph.bytes() >= LEAST_MOVED_BYTES;
            if (worthIt && space.bytes(model.path()) > graph.bytes()) {
                WeightsFile.moveOut(model.path().resolve(graph.file()));
            }
        }
    }

    /** What a model is called unless the user says otherwise: the last part of where it comes from, in small letters. */
    static String nameFor(String path) {
        String last = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        String name = last.replaceAll("[^a-z0-9._-]", "-").replaceFirst("^[._-]+", "");
        return name.length() > 64 ? name.substring(0, 64) : name;
    }
}
