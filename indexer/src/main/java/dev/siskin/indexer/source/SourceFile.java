package dev.siskin.indexer.source;

import java.nio.file.Path;

/**
 * One file to index.
 *
 * @param path absolute
 * @param source name of the folder it was found under
 * @param relativePath from that folder, parts separated by {@code /}
 */
public record SourceFile(Path path, String source, String relativePath) {
    /** The document's id: two folders' {@code README.md} are two documents, wherever the folders lie. */
    public String id() {
        return source + "/" + relativePath;
    }

    /** The last part of the path. */
    public String fileName() {
        return relativePath.substring(relativePath.lastIndexOf('/') + 1);
    }

    /** What follows the file name's last dot in lower case; empty where there is none. */
    public String extension() {
        String name = fileName();
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? "" : name.substring(dot + 1).toLowerCase(java.util.Locale.ROOT);
    }

    /** The file name without its extension: the title of a document that has no other. */
    public String stem() {
        String name = fileName();
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }
}
