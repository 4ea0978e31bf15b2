package dev.siskin.indexer.source;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * One document to index: a file, or what a file holds several of: an entry of an archive, a record of a JSONL file.
 *
 * @param path absolute; of an entry and of standard input the unpacked copy, of a record the file that holds it
 * @param source name of the folder it was found under
 * @param relativePath from that folder, parts separated by {@code /}; that of an entry or record goes on behind its file's
 * @param uri where it lies; empty of standard input
 * @param isCopy whether {@code path} is there for this run only
 * @param record which part of the file it is; empty = all of it
 */
public record SourceFile(
        Path path, String source, String relativePath, Optional<URI> uri, boolean isCopy, Optional<JsonRecord> record) {

    /** A file as it is. */
    public SourceFile(Path path, String source, String relativePath) {
        this(path, source, relativePath, Optional.of(path.toUri()), false, Optional.empty());
    }

    /**
     * What lies in this file under a name.
     *
     * @param copy its content
     */
    SourceFile entry(String name, Path copy) {
        return new SourceFile(copy, source, relativePath + "/" + name, inside(name), true, Optional.empty());
    }

    /** A record of this file. */
    SourceFile record(String id, JsonRecord part) {
        return new SourceFile(path, source, relativePath + "/" + id, inside(id), isCopy, Optional.of(part));
    }

    /** The file's address with what is meant of it as its fragment. */
    private Optional<URI> inside(String name) {
        return uri.map(outer -> {
            String fragment = outer.getFragment() == null ? name : outer.getFragment() + "/" + name;
            try {
                return new URI(outer.getScheme(), outer.getAuthority(), outer.getPath(), outer.getQuery(), fragment);
            } catch (URISyntaxException impossible) {
                throw new IllegalArgumentException(impossible);
            }
        });
    }

    /** Whether {@code path} is this document's alone and goes with it. */
    public boolean isOwnCopy() {
        return isCopy && record.isEmpty();
    }

    /** The document's id: two folders' {@code README.md} are two documents, wherever the folders lie. */
    public String id() {
        return source + "/" + relativePath;
    }

    /** The last part of the path. */
    public String fileName() {
        return relativePath.substring(relativePath.lastIndexOf('/') + 1);
    }

    /** What follows the file name's last dot in lower case; empty where there is none, and of a record. */
    public String extension() {
        String name = fileName();
        int dot = name.lastIndexOf('.');
        return dot <= 0 || record.isPresent() ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    /** The file name without its extension: the title of a document that has no other. */
    public String stem() {
        String name = fileName();
        int dot = name.lastIndexOf('.');
        return dot <= 0 || record.isPresent() ? name : name.substring(0, dot);
    }
}
