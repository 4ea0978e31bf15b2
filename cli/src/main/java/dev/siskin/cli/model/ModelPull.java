package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.print.Progress;
import dev.siskin.cli.print.Terminal;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Pulls a model from a hub into a store. Whatever ends it, {@code kill -9} too, the next one goes on: below {@link
 * ModelStore#pulling} lie whole files in {@code model/}, and begun ones in {@code parts/} under the checksums they are to
 * have. Nothing of it counts before its checksum was found right, files of an earlier pull included.
 */
public final class ModelPull {
    private final HubClient hub;
    private final Terminal terminal;
    private final boolean quiet;
    private final FreeSpace space;

    /** @param quiet shows no progress */
    public ModelPull(HubClient hub, Terminal terminal, boolean quiet, FreeSpace space) {
        this.hub = hub;
        this.terminal = terminal;
        this.quiet = quiet;
        this.space = space;
    }

    /**
     * Brings a model to its place.
     *
     * @param patterns globs of the graphs to take; empty = the best one
     * @throws CommandFailure where it is not to be had, is not what the hub says, or there is no room for it
     */
    public GeneratorFolder into(ModelStore store, ModelSource source, List<String> patterns) {
        List<HubFile> files = FileSelection.of(source, hub.files(source), patterns);
        Path model = store.pulling().resolve("model");
        Path parts = store.pulling().resolve("parts");
        try {
            Files.createDirectories(model);
            Files.createDirectories(parts);
            removeOthers(model, files.stream().map(HubFile::path).collect(Collectors.toSet()));
            removeOthers(
                    parts, files.stream().map(file -> file.checksum().hex()).collect(Collectors.toSet()));
            pull(source, files, model, parts);
            ModelFiles.moveWeightsOut(read(model, files), space);
            store.publish(model);
            ModelStore.delete(store.pulling());
        } catch (IOException refused) {
            throw ModelStore.unwritable(store.pulling(), refused);
        }
        return GeneratorFolder.read(store.path());
    }

    private void pull(ModelSource source, List<HubFile> files, Path model, Path parts) throws IOException {
        Set<HubFile> whole = whole(files, model);
        long total = files.stream().mapToLong(HubFile::bytes).sum();
        long here = 0;
        for (HubFile file : files) {
            here += whole.contains(file) ? file.bytes() : FileDownload.begun(file, parts);
        }
        space.require(model, total - here);
        try (Progress progress = Progress.startBytes(terminal, quiet, total)) {
            progress.doneBefore(here);
            for (HubFile file : files) {
                if (!whole.contains(file)) {
                    new FileDownload(hub, source, file, parts, progress).to(model.resolve(file.path()));
                }
            }
        }
    }

    /** What an earlier pull has brought, and is still what the hub has. */
    private static Set<HubFile> whole(List<HubFile> files, Path model) throws IOException {
        var whole = new HashSet<HubFile>();
        for (HubFile file : files) {
            Path here = model.resolve(file.path());
            if (Files.isRegularFile(here)
                    && Files.size(here) == file.bytes()
                    && file.checksum().of(here).equals(file.checksum())) {
                whole.add(file);
            }
        }
        return whole;
    }

    private static void removeOthers(Path folder, Set<String> wanted) throws IOException {
        try (Stream<Path> content = Files.walk(folder)) {
            for (Path file : content.filter(Files::isRegularFile).toList()) {
                if (!wanted.contains(folder.relativize(file).toString())) {
                    Files.delete(file);
                }
            }
        }
    }

    private static GeneratorFolder read(Path model, List<HubFile> files) {
        try {
            return GeneratorFolder.read(model);
        } catch (GeneratorFolderException fault) {
            throw new CommandFailure(
                    "what was pulled is no whole model: %s; name what is missing with --file, pulled were %s"
                            .formatted(
                                    fault.getMessage(),
                                    new TreeSet<>(
                                            files.stream().map(HubFile::path).toList())));
        }
    }
}
