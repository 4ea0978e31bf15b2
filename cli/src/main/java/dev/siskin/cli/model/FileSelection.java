package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.print.Amounts;
import dev.siskin.generators.GraphOrder;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which of the files that a hub lists are pulled: configuration, tokenizer, chat template and licence, one graph, and
 * the files beside it that are called as it is and go on with {@code _data} or {@code .data}, as exporters call the
 * weights of large graphs.
 */
final class FileSelection {
    private static final String GRAPH = ".onnx";

    private FileSelection() {}

    /**
     * Chooses, in the order in which they are best pulled: small files first.
     *
     * @param listed every file of the repository
     * @param patterns globs of files to take, graphs among them; empty = the best graph, see {@link GraphOrder}
     * @return files seen from the source's folder
     * @throws CommandFailure where there is no model, or a pattern fits nothing
     */
    static List<HubFile> of(ModelSource source, List<HubFile> listed, List<String> patterns) {
        List<HubFile> files = within(listed, source.folder());
        if (files.stream().noneMatch(file -> isConfiguration(file.path()))) {
            throw noModel(source, listed);
        }
        List<HubFile> graphs =
                files.stream().filter(file -> file.path().endsWith(GRAPH)).toList();
        List<HubFile> chosen = patterns.isEmpty()
                ? best(graphs).stream().toList()
                : patterns.stream()
                        .flatMap(pattern -> matching(source, files, graphs, pattern).stream())
                        .toList();
        if (chosen.isEmpty()) {
            throw new CommandFailure(source
                    + " has no graph: no .onnx file in it or in its onnx/; weights in other formats cannot be run");
        }
        return files.stream()
                .filter(file -> ModelFiles.isSmall(file.path())
                        || chosen.contains(file)
                        || chosen.stream().anyMatch(graph -> isDataOf(graph, file)))
                .sorted((one, other) -> Long.compare(one.bytes(), other.bytes()))
                .toList();
    }

    private static List<HubFile> within(List<HubFile> listed, String folder) {
        return listed.stream()
                .filter(file -> folder.isEmpty() || file.path().startsWith(folder + "/"))
                .map(file -> file.seenFrom(folder))
                .toList();
    }

    private static boolean isConfiguration(String path) {
        return path.equals("config.json") || path.equals("genai_config.json");
    }

    private static Optional<HubFile> best(List<HubFile> graphs) {
        return graphs.stream()
                .filter(file -> !file.path().contains("/") || file.path().matches("onnx/[^/]+"))
                .min((one, other) -> GraphOrder.BEST_FIRST.compare(one.path(), other.path()));
    }

    private static List<HubFile> matching(
            ModelSource source, List<HubFile> files, List<HubFile> graphs, String pattern) {
        PathMatcher matcher = glob(pattern);
        List<HubFile> found = files.stream()
                .filter(file -> matcher.matches(Path.of(file.path()))
                        || matcher.matches(Path.of(file.path()).getFileName()))
                .toList();
        if (found.isEmpty()) {
            throw new CommandFailure("%s has no file that fits --file %s; its graphs: %s"
                    .formatted(
                            source,
                            pattern,
                            graphs.stream()
                                    .map(graph -> graph.path() + " (" + Amounts.bytes(bytes(graph, files)) + ")")
                                    .collect(Collectors.joining(", "))));
        }
        return found;
    }

    private static PathMatcher glob(String pattern) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException malformed) {
            throw new CommandFailure("--file must be a glob such as 'onnx/model_int8.onnx' or '*int8*': '%s' (%s)"
                    .formatted(pattern, malformed.getDescription()));
        }
    }

    private static long bytes(HubFile graph, List<HubFile> files) {
        return Stream.concat(Stream.of(graph), files.stream().filter(file -> isDataOf(graph, file)))
                .mapToLong(HubFile::bytes)
                .sum();
    }

    private static boolean isDataOf(HubFile graph, HubFile file) {
        return graph.path().endsWith(GRAPH)
                && (file.path().startsWith(graph.path() + "_data")
                        || file.path().startsWith(graph.path() + ".data"));
    }

    private static CommandFailure noModel(ModelSource source, List<HubFile> listed) {
        List<String> folders = listed.stream()
                .map(HubFile::path)
                .filter(path -> path.contains("/"))
                .filter(path -> isConfiguration(path.substring(path.lastIndexOf('/') + 1)))
                .map(path -> path.substring(0, path.lastIndexOf('/')))
                .distinct()
                .sorted()
                .toList();
        return new CommandFailure(
                folders.isEmpty()
                        ? source + " has neither config.json nor genai_config.json: it is no model that can be run"
                        : "%s has models in folders; name one of them: %s"
                                .formatted(
                                        source,
                                        folders.stream()
                                                .map(folder -> source.repository() + "/" + folder)
                                                .collect(Collectors.joining(", "))));
    }
}
