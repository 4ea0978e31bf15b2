package dev.siskin.inference.generation.local;

import dev.siskin.inference.generation.SentenceEnds;
import dev.siskin.inference.generation.local.ChatTemplate.Message;
import dev.siskin.inference.packing.Passage;
import dev.siskin.inference.shaping.PlainText;
import java.util.List;

/**
 * The short prompt of models that were trained to copy a sentence: every sentence of the passages behind a label of its
 * own, a special token, and written as it would be cited; then the question alone.
 *
 * <pre>{@code
 * system: <|1|> First sentence [1].<|2|> Second sentence [1].<|3|> A sentence of passage two [2].
 * user: question
 * }</pre>
 */
final class LabelledSentences implements PromptForm {
    /** The largest label of a vocabulary: of one passage alone as many sentences are taken, of several all or none. */
    static final int LABELS = 64;

    private final SpecialTokens specialTokens;

    LabelledSentences(SpecialTokens specialTokens) {
        this.specialTokens = specialTokens;
    }

    @Override
    public String version() {
        return "labelled-1";
    }

    @Override
    public boolean holds(List<Passage> passages) {
        return passages.size() == 1
                || passages.stream()
                                .mapToInt(passage ->
                                        SentenceEnds.spans(passage.text()).size())
                                .sum()
                        <= LABELS;
    }

    @Override
    public List<Message> messages(String question, List<Passage> passages) {
        var lines = new StringBuilder();
        int label = 1;
        for (int i = 0; i < passages.size(); i++) {
            String text = passages.get(i).text();
            for (SentenceEnds.Span span : SentenceEnds.spans(text)) {
                if (label > LABELS) {
                    break;
                }
                String sentence = specialTokens.harmless(PlainText.of(text.substring(span.start(), span.end())));
                lines.append("<|").append(label++).append("|> ").append(cited(sentence, i + 1));
            }
        }
        return List.of(Message.system(lines.toString()), Message.user(specialTokens.harmless(PlainText.of(question))));
    }

    private static String cited(String sentence, int passage) {
        return sentence.endsWith(".")
                ? "%s [%d].".formatted(sentence.substring(0, sentence.length() - 1), passage)
                : "%s [%d]".formatted(sentence, passage);
    }
}
