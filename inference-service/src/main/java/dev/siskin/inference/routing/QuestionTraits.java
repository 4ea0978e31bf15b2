package dev.siskin.inference.routing;

import dev.siskin.inference.generation.QuestionKind;
import dev.siskin.inference.shaping.TokenEstimate;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the words of a conversation's questions tell about the work an answer takes. A conversation keeps its traits: what
 * was a comparison before is one still, so that its tier does not change from turn to turn while its question does not.
 *
 * @param comparison whether one of them sets things side by side
 * @param reason whether one of them asks why, or for an explanation
 * @param lookup whether each asks for one short fact: a person, a place, a time, a number
 * @param parts things asked at once, of the question that asks most
 * @param tokens estimated tokens of the last
 */
public record QuestionTraits(boolean comparison, boolean reason, boolean lookup, int parts, int tokens) {
    private static final Set<QuestionKind> FACTS =
            EnumSet.of(QuestionKind.PERSON, QuestionKind.TIME, QuestionKind.PLACE, QuestionKind.NUMBER);
    private static final int LONGEST_LOOKUP_TOKENS = 30;

    private static final Pattern COMPARISON = Pattern.compile(
            "\\b(?:compar(?:e|es|ed|ing|ison)|contrast|differ(?:s|ences?|ent from)?|distinguish\\w*|versus|vs|pros and cons"
                    + "|advantages?(?: and disadvantages)?|trade-?offs?|better|worse|rather than|in common)\\b");
    private static final Pattern EXPLANATION =
            Pattern.compile("\\b(?:explain|explanation|summari[sz]e|summary|describe|elaborate|step by step)\\b");
    /** The end of a question, or a conjunction with another interrogative behind it. */
    private static final Pattern NEXT_PART = Pattern.compile(
            "\\?(?=\\s*\\p{L})|(?<=\\S)(?:,|;|\\s(?:and|or))\\s+(?:who|whom|whose|when|where|why|what|which|how)\\b");

    /**
     * Of a conversation.
     *
     * @param questions as they were asked, oldest first, at least one
     */
    public static QuestionTraits of(List<String> questions) {
        return questions.stream()
                .map(QuestionTraits::ofOne)
                .reduce(QuestionTraits::followedBy)
                .orElseThrow();
    }

    private static QuestionTraits ofOne(String question) {
        String lower = question.toLowerCase(Locale.ROOT);
        QuestionKind kind = QuestionKind.of(question);
        int tokens = TokenEstimate.of(question);
        int parts = 1 + Math.toIntExact(NEXT_PART.matcher(lower).results().count());
        boolean comparison = COMPARISON.matcher(lower).find();
        boolean reason =
                kind == QuestionKind.REASON || EXPLANATION.matcher(lower).find();
        boolean lookup =
                FACTS.contains(kind) && parts == 1 && !comparison && !reason && tokens <= LONGEST_LOOKUP_TOKENS;
        return new QuestionTraits(comparison, reason, lookup, parts, tokens);
    }

    private QuestionTraits followedBy(QuestionTraits next) {
        return new QuestionTraits(
                comparison || next.comparison,
                reason || next.reason,
                lookup && next.lookup,
                Math.max(parts, next.parts),
                next.tokens);
    }
}
