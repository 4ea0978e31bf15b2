package dev.siskin.indexer.reading;

/** Takes a document's text as it is read, so that no document stands in memory whole. */
@FunctionalInterface
public interface PartSink {
    /**
     * Takes the next part. The head is the same every time: what the document said of itself before its first part.
     *
     * @throws InterruptedException if the run is to stop
     */
    void part(DocumentHead head, ExtractedText part) throws InterruptedException;
}
