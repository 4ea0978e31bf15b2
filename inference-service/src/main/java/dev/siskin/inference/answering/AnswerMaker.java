package dev.siskin.inference.answering;

import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.api.SearchResponse;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.citing.CitedText;
import dev.siskin.inference.citing.Citer;
import dev.siskin.inference.generation.ExtractiveGenerator;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.packing.Packed;
import dev.siskin.inference.packing.Packer;
import dev.siskin.inference.routing.Plan;
import dev.siskin.inference.routing.Router;
import dev.siskin.inference.shaping.ShapedQuestion;
import dev.siskin.inference.shaping.TokenEstimate;
import java.util.List;
import java.util.Optional;

/** The stages behind retrieval: route, packing, generation, citing. Deterministic; thread-safe. */
public final class AnswerMaker {
    private final Router router;
    private final Packer packer;
    private final ExtractiveGenerator generator;
    private final Citer citer;

    public AnswerMaker(Router router, Packer packer, ExtractiveGenerator generator, Citer citer) {
        this.router = router;
        this.packer = packer;
        this.generator = generator;
        this.citer = citer;
    }

    MadeAnswer make(ShapedQuestion question, Plan plan, SearchResponse found) {
        Route route = router.route(plan, found);
        Packed packed = packer.pack(found.hits(), plan.packingTokens());
        Selection selection = generator.generate(
                question.question(),
                Optional.ofNullable(found.embeddingModel()),
                packed.passages(),
                plan.answerTokens());
        CitedText cited = switch (selection) {
            case Selection.Answered answered -> citer.cite(answered.quotes(), packed.passages());
            case Selection.Declined declined -> new CitedText(abstention(declined.reason(), question), List.of());
        };
        boolean abstained = cited.citations().isEmpty();
        String text = cited.text().isEmpty() ? abstention(Selection.Reason.NO_SENTENCE, question) : cited.text();
        return new MadeAnswer(
                text,
                abstained,
                cited.citations(),
                route,
                packed.retrieved(),
                packed.passages().size(),
                packed.tokensBefore(),
                packed.tokensAfter(),
                TokenEstimate.of(text),
                found.generation());
    }

    private static String abstention(Selection.Reason reason, ShapedQuestion question) {
        String collection = "collection '" + question.collection() + "'";
        return switch (reason) {
            case NO_HITS -> "Nothing in " + collection + " matches this question.";
            case TOO_FAR -> "Nothing in " + collection + " supports an answer to this question.";
            case NO_SENTENCE -> "Some passages in " + collection + " come near, but none has a sentence that answers.";
        };
    }
}
