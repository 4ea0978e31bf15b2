package dev.siskin.inference.answering;

import dev.siskin.inference.generation.Selection;

/** What is said where nothing answers. */
final class Abstention {
    private Abstention() {}

    static String because(Selection.Reason reason, String collection) {
        String named = "collection '" + collection + "'";
        return switch (reason) {
            case NO_HITS -> "Nothing in " + named + " matches this question.";
            case TOO_FAR -> "Nothing in " + named + " supports an answer to this question.";
            case NO_SENTENCE -> "Some passages in " + named + " come near, but none has a sentence that answers.";
        };
    }
}
