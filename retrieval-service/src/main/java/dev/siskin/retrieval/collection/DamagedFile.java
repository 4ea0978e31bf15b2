package dev.siskin.retrieval.collection;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexNotFoundException;

/** Tells in a few words what is wrong with which file of an index, from what Lucene throws. */
public final class DamagedFile {
    /** A file of an index, a commit or a manifest, at the end of a path. */
    private static final Pattern FILE =
            Pattern.compile("[^/\\\\\\s\"']*(?:_[0-9a-z]+[0-9A-Za-z_]*\\.[a-z]+|segments_[0-9a-z]+|manifest\\.json)");

    private DamagedFile() {}

    /** What is wrong, and the file's name without its folder where it is known. */
    public static String named(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        String wrong = switch (failure) {
            case CorruptIndexException damaged -> "damaged";
            case IndexFormatTooOldException old -> "of an older release";
            case IndexFormatTooNewException newer -> "of a newer release";
            case IndexNotFoundException missing -> "no commit is in its index";
            case NoSuchFileException missing -> "missing";
            case FileNotFoundException missing -> "missing";
            case EOFException cut -> "cut short";
            default -> "not readable";
        };
        Matcher file = FILE.matcher(message);
        return file.find() ? file.group() + " is " + wrong : wrong;
    }
}
