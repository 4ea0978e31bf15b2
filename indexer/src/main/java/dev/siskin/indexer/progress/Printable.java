package dev.siskin.indexer.progress;

import java.util.regex.Pattern;

/** What a file's name or a parser's message becomes before it is shown: they are whatever their author wanted. */
final class Printable {
    /** Control sequences, line breaks, and marks that turn the writing around. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]+");

    private Printable() {}

    /** One line without control characters; each run of them becomes a space. */
    static String line(String text) {
        return CONTROL.matcher(text).replaceAll(" ");
    }
}
