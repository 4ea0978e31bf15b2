package dev.siskin.inference.routing;

import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.accounting.Pressure;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a rule: a word that holds or not, or a number with a bound. A number that is not known, as a cosine
 * after a keyword search, meets no bound.
 *
 * @param text as it was written
 */
record Condition(String text, Predicate<Signals> test) {
    private static final Pattern BOUND = Pattern.compile("([a-z]+)\\s*(>=|<)\\s*(\\S+)");

    private static final Map<String, Predicate<Signals>> WORDS = Map.of(
            "comparison", signals -> signals.question().comparison(),
            "reason", signals -> signals.question().reason(),
            "lookup", signals -> signals.question().lookup(),
            "premium", signals -> signals.service() == ServiceTier.PREMIUM,
            "standard", signals -> signals.service() == ServiceTier.STANDARD,
            "keyword", signals -> signals.cosine().isEmpty());

    private static final Map<String, Function<Signals, OptionalDouble>> NUMBERS = Map.of(
            "parts", signals -> OptionalDouble.of(signals.question().parts()),
            "tokens", signals -> OptionalDouble.of(signals.question().tokens()),
            "cosine", Signals::cosine,
            "margin", Signals::margin,
            "queue", signals -> OptionalDouble.of(signals.queue()));

    /** @throws IllegalArgumentException with what a condition may be */
    static Condition parse(String text) {
        String plain = text.strip();
        Matcher bound = BOUND.matcher(plain);
        if (bound.matches()) {
            String name = bound.group(1);
            boolean isBelow = bound.group(2).equals("<");
            Predicate<Signals> reached = name.equals("pressure")
                    ? pressure(bound.group(3), isBelow, plain)
                    : number(name, bound.group(3), isBelow, plain);
            return new Condition(plain, reached);
        }
        @Nullable Predicate<Signals> word = WORDS.get(plain);
        if (word == null) {
            throw unknown(plain, null);
        }
        return new Condition(plain, word);
    }

    private static Predicate<Signals> number(String name, String bound, boolean isBelow, String text) {
        @Nullable Function<Signals, OptionalDouble> value = NUMBERS.get(name);
        if (value == null) {
            throw unknown(text, null);
        }
        double limit = number(bound, text);
        return signals -> {
            OptionalDouble known = value.apply(signals);
            return known.isPresent() && (known.getAsDouble() < limit) == isBelow;
        };
    }

    private static Predicate<Signals> pressure(String bound, boolean isBelow, String text) {
        Pressure limit = Arrays.stream(Pressure.values())
                .filter(level -> level.wireName().equals(bound))
                .findFirst()
                .orElseThrow(() -> unknown(text, null));
        return signals -> (signals.pressure().compareTo(limit) < 0) == isBelow;
    }

    private static double number(String bound, String text) {
        try {
            double value = Double.parseDouble(bound);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw unknown(text, e);
        }
        throw unknown(text, null);
    }

    private static IllegalArgumentException unknown(String text, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "conditions comparison, reason, lookup, premium, standard, keyword, or a bound with >= or < on parts, tokens,"
                        + " cosine, margin, queue (0 to 1) or pressure (normal, warn, degrade, refuse), not '" + text
                        + "'",
                cause);
    }

    boolean holds(Signals signals) {
        return test.test(signals);
    }
}
