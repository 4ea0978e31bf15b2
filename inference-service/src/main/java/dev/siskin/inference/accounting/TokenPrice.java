package dev.siskin.inference.accounting;

/** What an endpoint charges for tokens, US dollars per million. */
public record TokenPrice(double input, double output) {
    /** Of tokens that cost nothing but time. */
    static final TokenPrice NONE = new TokenPrice(0, 0);

    private static final double MILLION = 1e6;

    /** Dollars for so many tokens. */
    double of(int inputTokens, int outputTokens) {
        return (inputTokens * input + outputTokens * output) / MILLION;
    }
}
