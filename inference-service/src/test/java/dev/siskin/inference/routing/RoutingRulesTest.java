package dev.siskin.inference.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.accounting.Pressure;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingRulesTest {
    private static Signals signals(String question, double cosine, double queue, Pressure pressure) {
        return new Signals(
                QuestionTraits.of(List.of(question)),
                ServiceTier.PREMIUM,
                cosine < 0 ? OptionalDouble.empty() : OptionalDouble.of(cosine),
                OptionalDouble.of(0.1),
                queue,
                pressure);
    }

    private static String first(String rules, Signals signals) {
        return RoutingRules.parse(rules)
                .first(signals)
                .map(RoutingRules.Rule::toString)
                .orElse("none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "comparison | true",
                "lookup | false",
                "reason | false",
                "premium | true",
                "standard | false",
                "keyword | false",
                "parts >= 1 | true",
                "parts >= 2 | false",
                "tokens < 20 | true",
                "tokens>=20 | false",
                "cosine >= 0.7 | true",
                "cosine < 0.7 | false",
                "margin >= 0.2 | false",
                "queue >= 0.5 | true",
                "queue < 0.5 | false",
                "pressure >= warn | true",
                "pressure >= degrade | false",
                "comparison and cosine >= 0.7 | true",
                "comparison and cosine >= 0.8 | false"
            })
    void conditionsHold(String conditions, boolean holds) {
        Signals signals = signals("Compare a and b", 0.7, 0.5, Pressure.WARN);
        assertThat(first("small if " + conditions, signals)).isEqualTo(holds ? "small if " + conditions : "none");
    }

    @Test
    void firstRuleThatHoldsCounts() {
        String rules = "extractive if lookup; large if comparison; small";
        assertThat(first(rules, signals("Compare a and b", 0.7, 0, Pressure.NORMAL)))
                .isEqualTo("large if comparison");
        assertThat(first(rules, signals("Who is it?", 0.7, 0, Pressure.NORMAL))).isEqualTo("extractive if lookup");
        assertThat(first(rules, signals("How is it bounded?", 0.7, 0, Pressure.NORMAL)))
                .isEqualTo("small");
    }

    @Test
    void unknownCosineMeetsNoBound() {
        Signals signals = signals("Who is it?", -1, 0, Pressure.NORMAL);
        assertThat(first("small if cosine < 2; large if cosine >= -1", signals)).isEqualTo("none");
        assertThat(first("small if keyword", signals)).isEqualTo("small if keyword");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "medium",
                "if lookup",
                "small if",
                "small if clever",
                "small if cosine",
                "small if cosine > 1",
                "small if cosine >= high",
                "small if cosine >= NaN",
                "small if pressure >= 0.7",
                "small if lookup and",
                "small when lookup"
            })
    void nonsenseIsRefusedNamingIt(String rules) {
        assertThatThrownBy(() -> RoutingRules.parse(rules))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "(?s).*(begins with no tier|pressure \\(normal, warn, degrade, refuse\\), not '.*').*");
    }

    @Test
    void isWrittenAsItIsRead() {
        String rules = "large if comparison; extractive if lookup and cosine >= 0.8; small";
        assertThat(RoutingRules.parse(rules)).hasToString(rules);
        assertThat(RoutingRules.parse(" ; ")).hasToString("");
    }
}
