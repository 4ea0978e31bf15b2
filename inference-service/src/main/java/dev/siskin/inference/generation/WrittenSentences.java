package dev.siskin.inference.generation;

import java.util.List;
import java.util.function.Consumer;

/**
 * Makes drafts of what a model writes: each sentence as soon as it is complete, but for the one that says that the
 * passages do not answer. One per answer; not thread-safe.
 */
public final class WrittenSentences {
    private final SentenceStream sentences = new SentenceStream();
    private final Consumer<Draft> drafts;
    private boolean declined;
    private int given;

    /** @param drafts takes the sentences */
    public WrittenSentences(Consumer<Draft> drafts) {
        this.drafts = drafts;
    }

    /** Takes the next piece of text, which may end anywhere. */
    public void add(String piece) {
        give(sentences.add(piece));
    }

    /** The text has ended by itself: what is left is a sentence too. Where it was cut, leave this out. */
    public void finish() {
        give(sentences.finish());
    }

    private void give(List<String> complete) {
        for (String sentence : complete) {
            if (RagPrompt.declines(sentence)) {
                declined = true;
            } else {
                given++;
                drafts.accept(new Draft.Sentence(sentence));
            }
        }
    }

    /** Whether there were any. */
    public boolean isEmpty() {
        return given == 0;
    }

    /** Whether the model said that the passages do not answer. */
    public boolean isDeclined() {
        return declined;
    }
}
