package dev.siskin.inference.citing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.siskin.inference.citing.Claims.Claim;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * How well the check tells supported sentences from others, on the labelled {@link Claims}. The constants were fitted
 * on one half; the floors hold for the other. {@code -Dsiskin.fit=true} fits anew and prints the best rules.
 */
final class ClaimsTest {
    private static List<Claim> claims = List.of();

    /** What a rule says of a sentence: indices of the passages that support it. */
    private interface Verdict extends Function<Claim, Set<Integer>> {}

    private record Score(int right, int supported, int wrong, int missed) {
        static Score of(List<Claim> claims, Verdict verdict) {
            int right = 0;
            int supported = 0;
            int wrong = 0;
            int missed = 0;
            for (Claim claim : claims) {
                Set<Integer> by = verdict.apply(claim);
                right += claim.supported() && by.equals(claim.by()) ? 1 : 0;
                supported += claim.supported() && !by.isEmpty() ? 1 : 0;
                wrong += !claim.supported() && !by.isEmpty() ? 1 : 0;
                missed += claim.supported() && by.isEmpty() ? 1 : 0;
            }
            return new Score(right, supported, wrong, missed);
        }

        double precision() {
            return (double) supported / (supported + wrong);
        }

        double recall() {
            return (double) supported / (supported + missed);
        }

        /** Share of the sentences rightly called supported whose passages are the labelled ones. */
        double passages() {
            return (double) right / supported;
        }

        /** F with precision counting twice. */
        double f() {
            return 1.25 * precision() * recall() / (0.25 * precision() + recall());
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "precision %.3f recall %.3f passages %.3f (%d right, %d wrong, %d missed)",
                    precision(),
                    recall(),
                    passages(),
                    supported,
                    wrong,
                    missed);
        }
    }

    @BeforeAll
    static void read() {
        assumeThat(Claims.canBeRead())
                .as("SISKIN_TEST_DATA names a folder with the texts of the labelled sentences")
                .isTrue();
        claims = Claims.read();
    }

    private static List<Claim> half(boolean forFitting) {
        return claims.stream()
                .filter(claim -> claim.isForFitting() == forFitting)
                .toList();
    }

    private static Set<Integer> check(Claim claim) {
        return passages(new SupportCheck(claim.passages(), SupportRule.DEFAULT).support(claim.sentence(), Set.of()));
    }

    private static Set<Integer> passages(List<Stretch> stretches) {
        return stretches.stream().map(Stretch::passage).collect(Collectors.toSet());
    }

    /** What was asked before: 60 % of the distinct words in one passage. */
    private static Set<Integer> sixtyPercent(Claim claim) {
        Set<String> said = words(claim.sentence());
        return IntStream.range(0, claim.passages().size())
                .filter(i -> {
                    Set<String> found = new HashSet<>(said);
                    found.retainAll(words(claim.passages().get(i).text()));
                    return found.size() >= 0.6 * said.size();
                })
                .boxed()
                .collect(Collectors.toSet());
    }

    private static Set<String> words(String text) {
        return Pattern.compile("[\\p{L}\\p{N}]+")
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .map(word -> word.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    @Test
    void set_isBalanced() {
        assertThat(claims).hasSize(200);
        assertThat(claims)
                .filteredOn(Claim::supported)
                .hasSize(100)
                .noneMatch(claim -> claim.by().isEmpty());
        assertThat(half(false)).hasSizeBetween(80, 120);
    }

    @Test
    void check_onTheHalfItWasNotFittedOn() {
        Score check = Score.of(half(false), ClaimsTest::check);
        Score before = Score.of(half(false), ClaimsTest::sixtyPercent);
        System.out.println("fitted on: " + Score.of(half(true), ClaimsTest::check));
        System.out.println("kept back: " + check);
        System.out.println("60 % rule: " + before);
        kinds().forEach((kind, called) -> System.out.println(kind + ": " + called));

        assertThat(check.precision()).isGreaterThan(0.80);
        assertThat(check.recall()).isGreaterThan(0.85);
        assertThat(check.passages()).isGreaterThan(0.90);
        assertThat(check.precision()).isGreaterThan(before.precision() + 0.2);
    }

    /** How many sentences of each kind are called supported, on the half kept back. */
    private static Map<String, String> kinds() {
        Map<String, List<Claim>> kinds =
                half(false).stream().collect(Collectors.groupingBy(Claim::kind, TreeMap::new, Collectors.toList()));
        Map<String, String> called = new TreeMap<>();
        kinds.forEach((kind, all) -> called.put(
                kind,
                String.format(
                        Locale.ROOT,
                        "%d of %d called supported, %d by the 60 %% rule",
                        all.stream().filter(claim -> !check(claim).isEmpty()).count(),
                        all.size(),
                        all.stream()
                                .filter(claim -> !sixtyPercent(claim).isEmpty())
                                .count())));
        return called;
    }

    private record Fitted(SupportRule rule, Score score) {}

    @Test
    @EnabledIfSystemProperty(named = "siskin.fit", matches = "true")
    void fit() {
        List<Claim> half = half(true);
        Map<Claim, SupportCheck> read = half.stream()
                .collect(Collectors.toMap(
                        Function.identity(), claim -> new SupportCheck(claim.passages(), SupportRule.DEFAULT)));
        List<Fitted> fitted = new ArrayList<>();
        for (SupportRule rule : rules()) {
            fitted.add(new Fitted(
                    rule,
                    Score.of(
                            half,
                            claim -> passages(Objects.requireNonNull(read.get(claim))
                                    .with(rule)
                                    .support(claim.sentence(), Set.of())))));
        }
        fitted.sort(
                Comparator.comparingDouble((Fitted some) -> some.score().f()).reversed());
        fitted.stream().limit(20).forEach(System.out::println);

        assertThat(Score.of(half, ClaimsTest::check).f())
                .isGreaterThanOrEqualTo(fitted.getFirst().score().f() - 0.02);
    }

    private static List<SupportRule> rules() {
        List<SupportRule> rules = new ArrayList<>();
        for (double minimum : List.of(0.6, 0.65, 0.7, 0.75)) {
            for (double clause : List.of(0.3, 0.4, 0.5)) {
                for (double elsewhere : List.of(0.1, 0.2, 0.3)) {
                    for (double unknown : List.of(0.5, 0.7, 0.9)) {
                        for (double foreign : List.of(1.0, 2.0, 3.0)) {
                            rules.add(
                                    new SupportRule(minimum, clause, 0.15, elsewhere, unknown, foreign, 0.5, 0.8, 0.1));
                        }
                    }
                }
            }
        }
        return rules;
    }
}
