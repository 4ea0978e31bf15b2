package dev.siskin.inference.answering;

import dev.siskin.api.AnswerResponse;

/**
 * An answer that is to be sent, and what is held for it until then.
 *
 * @param cut whether the token limit ended it
 * @param release gives back what is held; may be called twice
 */
public record Answered(AnswerResponse response, boolean cut, Runnable release) implements AutoCloseable {
    /** To be called once the answer has been sent, or cannot be. */
    @Override
    public void close() {
        release.run();
    }
}
