package dev.siskin.api;

import org.jspecify.annotations.Nullable;

/**
 * One collection as it stands.
 *
 * @param deleted chunks deleted and not yet merged away
 * @param embedder fingerprint id of the embedding model that made the vectors
 * @param bytesOnDisk by kind; null in a listing
 * @param bytesResident of the files on disk, those the page cache holds now, by kind, mapped or not; null in a listing
 *     and where the kernel does not say
 * @param mappedResidentBytes of the mapped index files, those in memory now; null where the kernel does not say
 * @param merging whether segments are being merged, which takes processor, disk and memory; null in a listing
 */
public record CollectionInfo(
        String name,
        String embeddingModel,
        Quantization quantization,
        String language,
        long documents,
        long chunks,
        long deleted,
        int segments,
        long generation,
        String embedder,
        int dimensions,
        @Nullable BytesOnDisk bytesOnDisk,
        @Nullable BytesResident bytesResident,
        @Nullable Long mappedResidentBytes,
        @Nullable Boolean merging) {

    /** Bytes of the index files by what they hold. */
    public record BytesOnDisk(
            long rawVectors, long quantized, long graph, long postings, long storedText, long other, long total) {}

    /** Bytes of the index files that are in memory, by what they hold. */
    public record BytesResident(
            long rawVectors, long quantized, long graph, long postings, long storedText, long other, long total) {}
}
