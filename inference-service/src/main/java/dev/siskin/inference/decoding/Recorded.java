package dev.siskin.inference.decoding;

import java.util.Arrays;

/**
 * Tokens that are written whatever the model says; behind the last of them, what it says. The model runs as always, so a
 * model of random weights takes the time that a trained one takes for this answer, drafts that fit it included.
 *
 * @param tokens {@code [tokens]}
 */
@SuppressWarnings("ArrayRecordComponent") // copied, and compared with nothing
public record Recorded(int[] tokens) implements TokenChoice {
    public Recorded {
        tokens = Arrays.copyOf(tokens, tokens.length);
    }

    @Override
    public Chooser begin(int[] prompt) {
        return new Chooser() {
            private int written;

            @Override
            public int next(float[] logits) {
                int likeliest = Sampler.likeliest(logits);
                return written < tokens.length ? tokens[written++] : likeliest;
            }
        };
    }
}
