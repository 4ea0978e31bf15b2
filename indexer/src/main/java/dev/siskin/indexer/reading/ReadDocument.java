package dev.siskin.indexer.reading;

import java.util.Optional;

/**
 * What was read of a file.
 *
 * @param title as the document gives it, in its metadata or first heading
 * @param mimeType as detected, without parameters
 */
public record ReadDocument(Optional<String> title, String mimeType, ExtractedText text) {}
