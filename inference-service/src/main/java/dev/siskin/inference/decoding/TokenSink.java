package dev.siskin.inference.decoding;

/** Takes the tokens of one sequence, on the thread of its caller. */
@FunctionalInterface
public interface TokenSink {
    /**
     * Takes the next token; an end token never comes here.
     *
     * @return false where no further one is wanted
     */
    boolean accept(int token);
}
