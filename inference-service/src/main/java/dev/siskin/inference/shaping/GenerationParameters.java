package dev.siskin.inference.shaping;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * How a request wants its answer written.
 *
 * @param maxTokens that may be written
 * @param temperature 0 = the same answer every time
 * @param seed of the draws where the temperature is above 0; empty = another one each time
 * @param stop texts in front of which the answer ends
 */
public record GenerationParameters(int maxTokens, double temperature, OptionalLong seed, List<String> stop) {
    public GenerationParameters {
        stop = List.copyOf(stop);
    }

    /** Whether the same passages are answered the same way again. */
    public boolean isRepeatable() {
        return temperature == 0 || seed.isPresent();
    }

    /** Equal keys, equal answers: a seed counts where it is drawn with. */
    public String cacheKey() {
        String draws = temperature > 0 && seed.isPresent() ? "#" + seed.getAsLong() : "";
        // behind its length no text can pass for another
        return maxTokens
                + "/"
                + temperature
                + draws
                + stop.stream().map(text -> "/" + text.length() + ":" + text).collect(Collectors.joining());
    }
}
