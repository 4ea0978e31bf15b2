package dev.siskin.inference.routing;

import dev.siskin.api.Tier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A table of routes: the first rule that holds names the tier.
 *
 * <pre>
 * large if comparison; extractive if lookup and cosine &gt;= 0.8; small
 * </pre>
 *
 * <p>A rule is a tier, and where it has some its conditions, all of which must hold ({@link Condition}). Where the tier
 * may not be used, the lowest one above it that may be used is taken, else the highest.
 */
public final class RoutingRules {
    private final List<Rule> rules;

    private RoutingRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** One row of the table. */
    record Rule(Tier tier, List<Condition> conditions) {
        boolean holds(Signals signals) {
            return conditions.stream().allMatch(condition -> condition.holds(signals));
        }

        @Override
        public String toString() {
            return conditions.isEmpty()
                    ? name(tier)
                    : name(tier) + " if "
                            + conditions.stream().map(Condition::text).collect(Collectors.joining(" and "));
        }
    }

    /**
     * Reads a table.
     *
     * @throws IllegalArgumentException with what a rule may be
     */
    public static RoutingRules parse(String text) {
        List<Rule> rules = new ArrayList<>();
        for (String row : text.split(";", -1)) {
            if (!row.isBlank()) {
                rules.add(rule(row.strip()));
            }
        }
        return new RoutingRules(rules);
    }

    private static Rule rule(String row) {
        String[] halves = row.split("\\s+if\\s+", 2);
        List<Condition> conditions = halves.length == 1
                ? List.of()
                : Arrays.stream(halves[1].split("\\s+and\\s+", -1))
                        .map(Condition::parse)
                        .toList();
        return new Rule(tier(halves[0].strip(), row), conditions);
    }

    private static Tier tier(String name, String row) {
        return switch (name) {
            case "extractive" -> Tier.EXTRACTIVE;
            case "small" -> Tier.SMALL;
            case "large" -> Tier.LARGE;
            default ->
                throw new IllegalArgumentException(
                        "rules like 'small if lookup and cosine >= 0.8', with a ';' between them, but '" + row
                                + "' begins with no tier (extractive, small, large)");
        };
    }

    static String name(Tier tier) {
        return tier.name().toLowerCase(Locale.ROOT);
    }

    /** The first that holds. */
    Optional<Rule> first(Signals signals) {
        return rules.stream().filter(rule -> rule.holds(signals)).findFirst();
    }

    /** As it is read. */
    @Override
    public String toString() {
        return rules.stream().map(Rule::toString).collect(Collectors.joining("; "));
    }
}
