package dev.siskin.inference.cache;

import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.inference.accounting.TokensSpent;
import dev.siskin.inference.citing.CitedSentence;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An answer without what belongs to one request only.
 *
 * @param sentences that answer, with their citations; empty where the answer abstains
 * @param abstention what is said instead; empty where there are sentences
 * @param repeatable whether it is complete, and the same question would be answered the same way again
 * @param unsure calls of lower tiers before, of which nothing was taken, without the question's tokens
 */
public record MadeAnswer(
        List<CitedSentence> sentences,
        String abstention,
        Route route,
        Read read,
        boolean repeatable,
        long generation,
        List<TokensSpent> unsure) {

    /**
     * What was read for it, and written.
     *
     * @param chunksRetrieved hits there were
     * @param chunksUsed of them that the generator was given
     * @param tokensRetrieved estimated tokens of all chunks found
     * @param tokensRead tokens of what the generator was given beside the question
     * @param tokensWritten tokens of the answer
     * @param cut whether the token limit ended it
     */
    public record Read(
            int chunksRetrieved, int chunksUsed, int tokensRetrieved, int tokensRead, int tokensWritten, boolean cut) {}

    public MadeAnswer {
        sentences = List.copyOf(sentences);
        unsure = List.copyOf(unsure);
    }

    /** The same answer, made after another that was not taken. */
    public MadeAnswer after(MadeAnswer other) {
        List<TokensSpent> before =
                Stream.concat(other.unsure.stream(), Stream.of(other.spent())).toList();
        return new MadeAnswer(sentences, abstention, route, read, repeatable, generation, before);
    }

    /**
     * What was read and written for it by each call, the one that answered last.
     *
     * @param questionTokens that each call read beside the passages
     */
    public List<TokensSpent> spent(int questionTokens) {
        return Stream.concat(unsure.stream(), Stream.of(spent()))
                .map(call -> new TokensSpent(call.tier(), call.read() + questionTokens, call.written()))
                .toList();
    }

    private TokensSpent spent() {
        return new TokensSpent(route.tier(), read.tokensRead(), read.tokensWritten());
    }

    /** The same answer as a step down the ladder. */
    public MadeAnswer as(@Nullable Degraded step) {
        var degraded = new Route(route.tier(), route.model(), route.reason(), step);
        return new MadeAnswer(sentences, abstention, degraded, read, repeatable, generation, unsure);
    }

    /** The same answer for those who wait for it, not to be kept. */
    public MadeAnswer once() {
        return new MadeAnswer(sentences, abstention, route, read, false, generation, unsure);
    }

    /** Sentences with {@code [n]} behind each, or the plain words of an abstention. */
    public String text() {
        return sentences.isEmpty() ? abstention : join(sentences);
    }

    /** The text of sentences in a row. */
    public static String join(List<CitedSentence> sentences) {
        return sentences.stream().map(CitedSentence::text).collect(Collectors.joining(" "));
    }

    /** Those of all sentences. */
    public List<Citation> citations() {
        return sentences.stream()
                .flatMap(sentence -> sentence.citations().stream())
                .toList();
    }

    /** Whether nothing found supports an answer. */
    public boolean abstained() {
        return sentences.isEmpty();
    }

    /** Whether it is all that the plan could give, and would be again. */
    public boolean isWhole() {
        return repeatable && route.degraded() == null;
    }
}
