package dev.siskin.inference.shaping;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Filter;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.Tier;
import dev.siskin.api.Turn;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks a request, fills in defaults, normalises the question and cuts it to the token cap. Thread-safe. */
public final class QuestionShaper {
    /** Most characters of a question: what retrieval-service reads. More is an error, not cut. */
    public static final int MAX_QUESTION_CHARS = SearchRequest.MAX_QUERY_CHARS;

    /** Most turns of a history. */
    public static final int MAX_HISTORY_TURNS = 200;

    /** Questions before this one that the route is chosen by. */
    private static final int TURNS_OF_A_CONVERSATION = 20;

    /** Most characters of a history's turns together: some 25,000 tokens, more than any follow-up leans back on. */
    public static final int MAX_HISTORY_CHARS = 100_000;

    private static final double MAX_TEMPERATURE = 2;

    private final int maxQuestionTokens;

    /** @param maxQuestionTokens estimated tokens of a question that are used */
    public QuestionShaper(int maxQuestionTokens) {
        this.maxQuestionTokens = maxQuestionTokens;
    }

    /** @throws InvalidQuestionException naming the field, its limit and the value given */
    public ShapedQuestion shape(AnswerRequest request) {
        String asked = question(request.question());
        List<Turn> history = history(request.history());
        Condenser.Condensed condensed = Condenser.condense(
                asked,
                history,
                text -> text.length() <= MAX_QUESTION_CHARS && TokenEstimate.of(text) <= maxQuestionTokens);
        String question = condensed.question();
        String cut = cut(question);
        return new ShapedQuestion(
                cut,
                conversation(history, asked),
                collection(request.collection()),
                within("top_k", request.topK(), AnswerRequest.DEFAULT_TOP_K, AnswerRequest.MAX_TOP_K),
                request.filter() == null ? new Filter.All() : request.filter(),
                request.route() == null ? Tier.AUTO : request.route(),
                request.allowDegraded() == null || request.allowDegraded(),
                parameters(request),
                request.priority() == null ? AnswerRequest.Priority.INTERACTIVE : request.priority(),
                Duration.ofMillis(within(
                        "deadline_ms",
                        request.deadlineMs(),
                        AnswerRequest.DEFAULT_DEADLINE_MS,
                        AnswerRequest.MAX_DEADLINE_MS)),
                minGeneration(request.minGeneration()),
                new ShapedQuestion.History(history.size() - condensed.turnsUsed(), condensed.turnsUsed()),
                TokenEstimate.of(asked)
                        + history.stream()
                                .mapToInt(turn -> TokenEstimate.of(turn.content()))
                                .sum(),
                cut.length() < question.length());
    }

    /** The questions of the user, the last ones of a long history. */
    private static List<String> conversation(List<Turn> history, String asked) {
        List<String> before = history.stream()
                .filter(turn -> turn.role() == Turn.Role.USER)
                .map(Turn::content)
                .toList();
        List<String> last = before.subList(Math.max(0, before.size() - TURNS_OF_A_CONVERSATION), before.size());
        return Stream.concat(last.stream().map(QuestionShaper::beginning), Stream.of(asked))
                .toList();
    }

    private static String beginning(String question) {
        return question.substring(0, Math.min(MAX_QUESTION_CHARS, question.length()));
    }

    private static String question(@Nullable String question) {
        if (question == null) {
            throw invalid("question is missing: send {\"question\":\"…\",\"collection\":\"…\"}");
        }
        if (question.length() > MAX_QUESTION_CHARS) {
            throw tooLarge("question may have at most " + MAX_QUESTION_CHARS + " characters, got " + question.length()
                    + ": shorten it, or index long text and ask about it");
        }
        String plain = PlainText.of(question);
        if (plain.codePoints().noneMatch(Character::isLetterOrDigit)) {
            throw invalid("question is empty: it needs at least one letter or digit");
        }
        return plain;
    }

    private static String collection(@Nullable String collection) {
        if (collection == null) {
            throw invalid("collection is missing: name the collection to ask");
        }
        if (!CollectionSpec.NAME.matcher(collection).matches()) {
            throw invalid("collection must match " + CollectionSpec.NAME + ": collection="
                    + (collection.length() > 80 ? collection.substring(0, 80) + "…" : collection));
        }
        return collection;
    }

    private static List<Turn> history(@Nullable List<Turn> history) {
        if (history == null) {
            return List.of();
        }
        if (history.size() > MAX_HISTORY_TURNS) {
            throw tooLarge("history may have at most " + MAX_HISTORY_TURNS + " turns, got " + history.size()
                    + ": send the last ones");
        }
        int chars = 0;
        for (int i = 0; i < history.size(); i++) {
            @Nullable Turn turn = history.get(i);
            if (turn == null || Objects.isNull(turn.role()) || Objects.isNull(turn.content())) {
                throw invalid("history[" + i + "] needs role (system, user or assistant) and content");
            }
            chars += turn.content().length();
        }
        if (chars > MAX_HISTORY_CHARS) {
            throw tooLarge("history may have at most " + MAX_HISTORY_CHARS + " characters, got " + chars
                    + ": send the last turns");
        }
        return history;
    }

    private static GenerationParameters parameters(AnswerRequest request) {
        return new GenerationParameters(
                within(
                        "max_tokens",
                        request.maxTokens(),
                        AnswerRequest.DEFAULT_MAX_TOKENS,
                        AnswerRequest.MAX_MAX_TOKENS),
                temperature(request.temperature()),
                request.seed() == null ? OptionalLong.empty() : OptionalLong.of(request.seed()),
                stop(request.stop()));
    }

    private static List<String> stop(@Nullable List<@Nullable String> stop) {
        if (stop == null) {
            return List.of();
        }
        if (stop.size() > AnswerRequest.MAX_STOPS) {
            throw invalid("stop may have at most " + AnswerRequest.MAX_STOPS + " texts, got " + stop.size());
        }
        return stop.stream().map(QuestionShaper::stop).toList();
    }

    private static String stop(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > AnswerRequest.MAX_STOP_CHARS) {
            throw invalid("each text of stop must have 1 to " + AnswerRequest.MAX_STOP_CHARS + " characters, got "
                    + (text == null ? "null" : text.length()));
        }
        return text;
    }

    private static double temperature(@Nullable Double temperature) {
        if (temperature == null) {
            return 0;
        }
        if (!(temperature >= 0 && temperature <= MAX_TEMPERATURE)) {
            throw invalid("temperature must be 0 to " + MAX_TEMPERATURE + ": temperature=" + temperature);
        }
        return temperature;
    }

    private static OptionalLong minGeneration(@Nullable Long minGeneration) {
        if (minGeneration == null) {
            return OptionalLong.empty();
        }
        if (minGeneration < 0) {
            throw invalid("min_generation must be 0 or more: min_generation=" + minGeneration);
        }
        return OptionalLong.of(minGeneration);
    }

    private static int within(String field, @Nullable Integer value, int byDefault, int max) {
        if (value == null) {
            return byDefault;
        }
        if (value < 1 || value > max) {
            throw invalid(field + " must be 1 to " + max + ": " + field + "=" + value);
        }
        return value;
    }

    /** The words that fit the token cap. */
    private String cut(String question) {
        String kept = question;
        while (TokenEstimate.of(kept) > maxQuestionTokens) {
            int space = kept.lastIndexOf(' ');
            int half = kept.length() / 2;
            int end = space > half ? space : half;
            // both halves of a surrogate pair, or neither
            kept = kept.substring(0, Character.isLowSurrogate(kept.charAt(end)) ? end - 1 : end);
        }
        return kept;
    }

    private static InvalidQuestionException tooLarge(String message) {
        return new InvalidQuestionException(message, true);
    }

    private static InvalidQuestionException invalid(String message) {
        return new InvalidQuestionException(message, false);
    }
}
