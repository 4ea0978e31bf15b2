package dev.siskin.inference.generation.local;

import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.decoding.DecodeRequest;
import dev.siskin.inference.decoding.Decoded;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecodingException;
import dev.siskin.inference.decoding.Ending;
import dev.siskin.inference.decoding.SequenceTooLongException;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.generation.WrittenSentences;
import dev.siskin.inference.generation.local.LocalPrompt.Encoded;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Answers by a model in this process: prompt to tokens, tokens to sentences, each given as soon as it is complete. Answers
 * of several callers are written together, see {@link Decoder}. Thread-safe; for platform threads.
 */
public final class LocalGenerator implements Generator {
    private final LoadedGenerator model;

    /** Takes the model over. */
    LocalGenerator(LoadedGenerator model) {
        this.model = model;
    }

    @Override
    public String model() {
        return model.name();
    }

    @Override
    public List<HeldBytes> held() {
        return model.held();
    }

    /** What every prompt begins with is added; no answer takes more than the whole context. */
    @Override
    public boolean hasRoom(List<Integer> tokens) {
        int constant = model.prompts().constant();
        int most = model.decoder().contextTokens();
        return model.decoder()
                .hasRoom(tokens.stream()
                        .map(each -> Math.min(each + constant, most))
                        .toList());
    }

    /** Where there are no passages the model is not asked. */
    @Override
    public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
        cancellation.check();
        if (prompt.passages().isEmpty()) {
            return Generated.of(Optional.of(Selection.Reason.NO_HITS));
        }
        Decoder decoder = model.decoder();
        try {
            int room = decoder.contextTokens();
            int most = Math.min(prompt.parameters().maxTokens(), room / 2);
            Encoded encoded = model.prompts().of(prompt.question(), prompt.passages(), room - most);
            var request = new DecodeRequest(
                    encoded.ids(),
                    most,
                    model.sampling(prompt.parameters()),
                    prompt.deadline(),
                    model.common(encoded.ids()));
            var text = model.text(prompt.parameters());
            var sentences = new WrittenSentences(drafts);
            Decoded decoded = decoder.decode(
                    request,
                    token -> {
                        sentences.add(text.add(token));
                        return !text.isStopped();
                    },
                    cancellation::isCancelled);
            return end(
                    decoded, text, sentences, most, !prompt.parameters().stop().isEmpty());
        } catch (PromptTooLongException | SequenceTooLongException tooLong) {
            throw new ModelFailedException("its context is too short: " + tooLong.getMessage(), tooLong);
        } catch (DecodingException failed) {
            cancellation.check();
            throw new ModelFailedException("its step failed: " + failed.getMessage(), failed);
        }
    }

    /** @param mayStop whether the request has stop texts: one may leave nothing of an answer, which is no failure */
    private static Generated end(
            Decoded decoded, TokenText text, WrittenSentences sentences, int most, boolean mayStop) {
        Ending ending = decoded.ending();
        if (ending == Ending.CANCELLED || ending == Ending.DEADLINE) {
            throw new CancelledException();
        }
        boolean cut = ending == Ending.LENGTH;
        sentences.add(text.finish());
        if (!cut) {
            sentences.finish();
        }
        if (sentences.isEmpty() && !sentences.isDeclined() && !(mayStop && text.isStopped())) {
            throw new ModelFailedException(
                    cut ? "it wrote no whole sentence in " + most + " tokens: allow more" : "it wrote nothing");
        }
        return new Generated(
                sentences.isEmpty() ? Optional.of(Selection.Reason.NO_SENTENCE) : Optional.empty(),
                Optional.of(decoded.promptTokens()),
                Optional.of(decoded.newTokens()),
                cut);
    }

    /** Ends what is being written, and gives the model's memory back. */
    @Override
    public void close() {
        model.close();
    }
}
