package dev.siskin.inference.generation.remote;

import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.generation.RagPrompt;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.generation.SentenceStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Makes sentences of a streamed completion. One per answer; not thread-safe. */
final class Answer {
    /** A token is shorter than this; who writes more does not keep to the limit. */
    private static final int LONGEST_TOKEN = 32;

    private static final String TOKEN_LIMIT = "length";

    private final SentenceStream sentences = new SentenceStream();
    private final Consumer<Draft> drafts;
    private final int maxTokens;
    private final long room;
    private long written;
    private boolean declined;
    private int given;
    private Optional<String> finish = Optional.empty();
    private Optional<CompletionChunk.Usage> usage = Optional.empty();

    Answer(Prompt prompt, Consumer<Draft> drafts) {
        this.drafts = drafts;
        this.maxTokens = prompt.maxTokens();
        this.room = (long) maxTokens * LONGEST_TOKEN;
    }

    /**
     * Gives the sentences out as they come. Of an answer that the token limit has cut, what is no whole sentence is left
     * out.
     *
     * @throws RemoteFailure where the answer breaks off, or there is none
     */
    Generated read(CompletionStream stream) throws RemoteFailure, InterruptedException {
        for (Optional<CompletionChunk> chunk = stream.next();
                chunk.isPresent() && written <= room;
                chunk = stream.next()) {
            take(chunk.get());
        }
        boolean tooLong = written > room;
        if (finish.isEmpty() && !tooLong) {
            throw RemoteFailure.ofEndpoint("ended in the middle of an answer", null);
        }
        boolean cut = tooLong || finish.equals(Optional.of(TOKEN_LIMIT));
        if (!cut) {
            give(sentences.finish());
        }
        if (given == 0 && !declined) {
            throw cut
                    ? RemoteFailure.ofRequest("wrote no whole sentence in max_tokens=" + maxTokens + ": allow more")
                    : RemoteFailure.ofRequest("wrote nothing")
                            .saying("finish_reason " + RemoteError.clean(finish.orElse(""), ""));
        }
        return new Generated(
                given == 0 ? Optional.of(Selection.Reason.NO_SENTENCE) : Optional.empty(),
                usage.map(CompletionChunk.Usage::promptTokens),
                usage.map(CompletionChunk.Usage::completionTokens),
                cut);
    }

    private void take(CompletionChunk chunk) {
        written += chunk.text().length();
        finish = chunk.finishReason().or(() -> finish);
        usage = chunk.usage().or(() -> usage);
        give(sentences.add(chunk.text()));
    }

    private void give(List<String> complete) {
        for (String sentence : complete) {
            if (RagPrompt.declines(sentence)) {
                declined = true;
            } else {
                given++;
                drafts.accept(new Draft.Sentence(sentence));
            }
        }
    }
}
