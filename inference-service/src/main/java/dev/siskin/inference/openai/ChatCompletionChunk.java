package dev.siskin.inference.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.siskin.inference.openai.ChatCompletion.Details;
import dev.siskin.inference.openai.ChatCompletion.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of an answer while it is made, as OpenAI's clients read it.
 *
 * @param object always {@code chat.completion.chunk}
 * @param choices one; none in the chunk with the usage
 * @param usage in a chunk of its own after the last one, where it was asked for
 * @param siskin in the last chunk that has a choice
 */
record ChatCompletionChunk(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Usage usage,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Details siskin) {

    /** @param finishReason null in all but the last chunk */
    record Choice(int index, Delta delta, @Nullable FinishReason finishReason) {}

    /**
     * What the message grows by.
     *
     * @param role {@code assistant} in the first chunk
     * @param content a sentence, with a space before it where it is not the first
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Delta(@Nullable String role, @Nullable String content) {
        static final Delta FIRST = new Delta("assistant", "");
        static final Delta NOTHING = new Delta(null, null);

        static Delta of(String content) {
            return new Delta(null, content);
        }
    }

    static ChatCompletionChunk of(ChatAnswer about, Delta delta) {
        return of(about, List.of(new Choice(0, delta, null)), null, null);
    }

    static ChatCompletionChunk last(ChatAnswer about, FinishReason reason, Details details) {
        return of(about, List.of(new Choice(0, Delta.NOTHING, reason)), null, details);
    }

    static ChatCompletionChunk withUsage(ChatAnswer about, Usage usage) {
        return of(about, List.of(), usage, null);
    }

    private static ChatCompletionChunk of(
            ChatAnswer about, List<Choice> choices, @Nullable Usage usage, @Nullable Details details) {
        return new ChatCompletionChunk(
                about.id(), "chat.completion.chunk", about.created(), about.model(), choices, usage, details);
    }
}
