package dev.siskin.inference.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.Hit;
import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.api.Turn;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.inference.shaping.QuestionShaper;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouterTest {
    private static final String RULES =
            "small if queue >= 0.5; large if comparison; extractive if lookup and cosine >= 0.8; small";

    private double queue;
    private String rules = RULES;

    private static List<TierPlan> tiers(Tier... tiers) {
        return Stream.of(tiers)
                .map(tier -> new TierPlan(tier, tier.name(), 1000))
                .toList();
    }

    private Choice choose(String question, @Nullable Tier wish, double cosine, List<Turn> history, Tier... offered) {
        ShapedQuestion shaped = new QuestionShaper(512).shape(asked(question, wish, history));
        Plan plan = new Planner(() -> tiers(offered), Map.of()).plan(shaped, ServiceTier.STANDARD);
        return new Router(RoutingRules.parse(rules), _ -> queue, () -> Pressure.NORMAL)
                .choose(plan, shaped, found(cosine, cosine - 0.1));
    }

    private static SearchResponse found(double... cosines) {
        List<Hit> hits = Arrays.stream(cosines).mapToObj(RouterTest::hit).toList();
        return new SearchResponse(hits, 1, "model", null, new SearchResponse.Timings(0, 0, 0));
    }

    private static Hit hit(double cosine) {
        return new Hit(
                "docs/a.md",
                0,
                cosine,
                new Hit.Scores(cosine, null, null),
                new Hit.Ranks(1, null),
                "The queue is bounded.",
                null,
                null,
                null,
                null,
                null,
                0,
                21,
                null,
                List.of());
    }

    private static AnswerRequest asked(String question, @Nullable Tier wish, List<Turn> history) {
        return new AnswerRequest(
                question, "docs", history, null, null, wish, null, null, null, null, null, null, null, null, null);
    }

    @Test
    void ruleNamesTheTierAndTheReason() {
        Choice choice = choose("Compare a and b", null, 0.7, List.of(), Tier.LARGE, Tier.SMALL, Tier.EXTRACTIVE);
        assertThat(choice.tier().tier()).isEqualTo(Tier.LARGE);
        assertThat(choice.reason()).isEqualTo("rule 'large if comparison'; best cosine 0.70");
        assertThat(choice.isPassing()).isFalse();
    }

    @Test
    void tierThatIsNotThereGivesTheNextAboveElseTheHighest() {
        assertThat(choose("How is it?", null, 0.7, List.of(), Tier.LARGE, Tier.EXTRACTIVE))
                .satisfies(choice -> assertThat(choice.tier().tier()).isEqualTo(Tier.LARGE))
                .satisfies(choice -> assertThat(choice.reason()).contains("rule 'small', for which", "large"));
        assertThat(choose("Compare a and b", null, 0.7, List.of(), Tier.SMALL, Tier.EXTRACTIVE)
                        .tier()
                        .tier())
                .isEqualTo(Tier.SMALL);
    }

    @Test
    void confidentLookupIsQuoted_unsureOneIsNot() {
        assertThat(choose("Who is it?", null, 0.85, List.of(), Tier.SMALL, Tier.EXTRACTIVE)
                        .tier()
                        .tier())
                .isEqualTo(Tier.EXTRACTIVE);
        assertThat(choose("Who is it?", null, 0.75, List.of(), Tier.SMALL, Tier.EXTRACTIVE)
                        .tier()
                        .tier())
                .isEqualTo(Tier.SMALL);
    }

    @Test
    void loadIsPassing() {
        queue = 0.5;
        Choice choice = choose("Compare a and b", null, 0.7, List.of(), Tier.LARGE, Tier.SMALL, Tier.EXTRACTIVE);
        assertThat(choice.tier().tier()).isEqualTo(Tier.SMALL);
        assertThat(choice.isPassing()).isTrue();
    }

    @Test
    void whatOnlyIdleTimesWouldGet_isPassingToo() {
        rules = "large if queue < 0.5; small";
        queue = 0.5;
        Choice busy = choose("How is it?", null, 0.7, List.of(), Tier.LARGE, Tier.SMALL, Tier.EXTRACTIVE);
        assertThat(busy.tier().tier()).isEqualTo(Tier.SMALL);
        assertThat(busy.isPassing()).isTrue();

        queue = 0;
        Choice idle = choose("How is it?", null, 0.7, List.of(), Tier.LARGE, Tier.SMALL, Tier.EXTRACTIVE);
        assertThat(idle.tier().tier()).isEqualTo(Tier.LARGE);
        assertThat(idle.isPassing()).isFalse();
    }

    @Test
    void loadThatChangesNoTier_isNotPassing() {
        queue = 0.5;
        Choice busy = choose("Compare a and b", null, 0.7, List.of(), Tier.SMALL, Tier.EXTRACTIVE);
        assertThat(busy.reason()).startsWith("rule 'small if queue >= 0.5'");
        assertThat(busy.tier().tier()).isEqualTo(Tier.SMALL);
        assertThat(busy.isPassing()).isFalse();
    }

    @Test
    void serviceTierIsPartOfThePlansKeyWhereThereIsAChoice() {
        ShapedQuestion question = new QuestionShaper(512).shape(asked("How is it?", null, List.of()));
        var several = new Planner(() -> tiers(Tier.SMALL, Tier.EXTRACTIVE), Map.of());
        assertThat(several.plan(question, ServiceTier.STANDARD).cacheKey())
                .isNotEqualTo(several.plan(question, ServiceTier.PREMIUM).cacheKey());
    }

    @Test
    void conversationStaysWithItsTier() {
        List<Turn> history = List.of(
                new Turn(Turn.Role.USER, "Compare int4 and int8."), new Turn(Turn.Role.ASSISTANT, "They differ. [1]"));
        assertThat(choose("And who added it?", null, 0.9, history, Tier.LARGE, Tier.SMALL, Tier.EXTRACTIVE)
                        .tier()
                        .tier())
                .isEqualTo(Tier.LARGE);
    }

    @Test
    void wishIsHonouredWhateverTheRulesSay() {
        Choice choice = choose("Compare a and b", Tier.SMALL, 0.9, List.of(), Tier.LARGE, Tier.SMALL, Tier.EXTRACTIVE);
        assertThat(choice.tier().tier()).isEqualTo(Tier.SMALL);
        assertThat(choice.reason()).isEqualTo("asked for; best cosine 0.90");
    }

    @Test
    void traitsArePartOfThePlansKeyOnlyWhereThereIsAChoice() {
        var shaper = new QuestionShaper(512);
        ShapedQuestion comparison = shaper.shape(asked("Compare a and b", null, List.of()));
        ShapedQuestion other = shaper.shape(asked("How is it?", null, List.of()));
        var one = new Planner(() -> tiers(Tier.EXTRACTIVE), Map.of());
        var several = new Planner(() -> tiers(Tier.SMALL, Tier.EXTRACTIVE), Map.of());
        assertThat(one.plan(comparison, ServiceTier.STANDARD).cacheKey())
                .isEqualTo(one.plan(other, ServiceTier.STANDARD).cacheKey());
        assertThat(several.plan(comparison, ServiceTier.STANDARD).cacheKey())
                .isNotEqualTo(several.plan(other, ServiceTier.STANDARD).cacheKey());
    }
}
