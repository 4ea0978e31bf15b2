package dev.siskin.indexer;

import dev.siskin.api.DocumentPage;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.SeenIds;
import java.util.ArrayList;
import java.util.List;
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

    Pruner(CollectionClient collection, Patience patience, RunProgress progress, StopSignal stop) {
        this.collection = collection;
        this.patience = patience;
        this.progress = progress;
        this.stop = stop;
    }

    /** Removes what is stored of a source and not among those seen; other sources' documents are not looked at. */
    void prune(String source, SeenIds seen) throws GaveUpException, InterruptedException {
        var gone = new ArrayList<String>();
        @Nullable String cursor = null;
        do {
            String from = cursor;
            DocumentPage page = patience.call(() -> collection.page(source + "/", from));
            for (DocumentPage.Entry entry : page.documents()) {
                if (!seen.has(entry.id())) {
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

    private void remove(List<String> gone) throws GaveUpException, InterruptedException {
        if (!gone.isEmpty()) {
            List<String> ids = List.copyOf(gone);
            progress.removed(patience.call(() -> collection.delete(ids)));
            gone.clear();
        }
    }
}
