package dev.siskin.indexer;

import dev.siskin.api.DocumentPage;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.Sources;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The last stage where it is asked for: removes the documents of the run's sources whose files are gone, a page of the
 * collection's documents at a time.
 */
final class Pruner {
    private static final int IDS_PER_REQUEST = 256;

    private final CollectionClient collection;
    private final Patience patience;
    private final RunProgress progress;
    private final StopSignal stop;
    private final boolean removes;
    private final Sources sources;
    private final Instant began;

    /**
     * @param began when the run did
     * @param removes false = only counts
     */
    Pruner(
            Sources sources,
            Instant began,
            CollectionClient collection,
            Patience patience,
            RunProgress progress,
            StopSignal stop,
            boolean removes) {
        this.collection = collection;
        this.patience = patience;
        this.progress = progress;
        this.stop = stop;
        this.removes = removes;
        this.sources = sources;
        this.began = began;
    }

    /** Removes what is stored of a source and was not seen; other sources' documents are not looked at. */
    void prune(String source, Predicate<String> isSeen) throws GaveUpException, InterruptedException {
        var gone = new ArrayList<String>();
        @Nullable String cursor = null;
        do {
            String from = cursor;
            DocumentPage page = patience.call(() -> collection.page(source + "/", from));
            for (DocumentPage.Entry entry : page.documents()) {
                if (!isSeen.test(entry.id()) && isOfThisRun(source, entry.uri())) {
                    gone.add(entry.id());
                }
                if (gone.size() == IDS_PER_REQUEST) {
                    remove(gone);
                }
            }
            cursor = page.cursor();
        } while (cursor != null && stop.reason().isEmpty());
        remove(gone);
    }

    /**
     * Whether a document that was not found is this run's to remove: not one that the indexer did not make, nor one of
     * another folder of the same name, which may not be mounted now, nor one whose file came after the run began, which
     * another run may have indexed.
     */
    private boolean isOfThisRun(String source, @Nullable String uri) {
        if (uri == null || !uri.startsWith("file:")) {
            return false;
        }
        try {
            Path file = Path.of(withoutFragment(URI.create(uri)));
            return sources.isUnder(source, file)
                    && (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)
                            || Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                                    .toInstant()
                                    .isBefore(began));
        } catch (IllegalArgumentException
                | java.net.URISyntaxException
                | FileSystemNotFoundException
                | IOException notKnown) {
            return false;
        }
    }

    /** That of the file that holds the entry or record. */
    private static URI withoutFragment(URI uri) throws java.net.URISyntaxException {
        return new URI(uri.getScheme(), uri.getAuthority(), uri.getPath(), uri.getQuery(), null);
    }

    private void remove(List<String> gone) throws GaveUpException, InterruptedException {
        if (!gone.isEmpty()) {
            List<String> ids = List.copyOf(gone);
            progress.removed(removes ? patience.call(() -> collection.delete(ids)) : ids.size());
            gone.clear();
        }
    }
}
