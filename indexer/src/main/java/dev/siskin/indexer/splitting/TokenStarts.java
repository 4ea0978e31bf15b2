package dev.siskin.indexer.splitting;

/** Finds the tokens of a text: the embedding model's tokenizer, as far as splitting needs it. */
@FunctionalInterface
public interface TokenStarts {
    /** Offset of each token's first UTF-16 unit, ascending; special tokens are not among them. */
    int[] of(String text);
}
