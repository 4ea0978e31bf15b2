package dev.siskin.inference.decoding;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of a decoder: from border to border, and in between a chunk of a prompt and a step of the rows. Submitting,
 * closing and reading figures are for any thread; all else is the loop's own.
 */
final class StepLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(StepLoop.class);

    private static final int[] NO_DRAFT = {};

    private final LoadedModel model;
    private final KvCache cache;
    private final long kvBytes;
    private final float[] logits;
    private final Drafting drafting;
    private final PrefixStore prefixes;
    private final Admission admission;
    private final LoopCounters counters = new LoopCounters();

    /** By row of the cache. */
    private final List<Sequence> rows = new ArrayList<>();

    private @Nullable Sequence entering;

    /** What callers are told behind the step, when the counters are right. */
    private final List<Runnable> outcomes = new ArrayList<>();

    StepLoop(LoadedModel model, long kvBytes, Drafting drafting) {
        DecoderGraph graph = model.runner().graph();
        this.model = model;
        this.cache = model.cache();
        this.kvBytes = kvBytes;
        this.drafting = graph.isLastOnly() ? Drafting.NONE : drafting;
        this.logits = new float[graph.vocabulary()];
        this.prefixes = new PrefixStore(cache, graph.bytesPerToken());
        this.admission = new Admission(cache, kvBytes, prefixes);
    }

    /** @throws IllegalStateException where it is closed */
    void submit(Sequence sequence) {
        admission.submit(sequence);
    }

    /** Ends what runs and waits at the next border. */
    void close() {
        admission.close();
    }

    DecoderStats stats() {
        return counters.stats(
                admission.waiting().size(), kvBytes, model.runner().tensors().open());
    }

    @Override
    public void run() {
        try {
            while (isIdle() ? admission.awaitOne() : !admission.isClosed()) {
                runToTheNextBorder();
            }
        } finally {
            admission.close();
            var closed = new DecodingException("the decoder was closed");
            running().forEach(sequence -> fail(sequence, closed));
            admission.waiting().forEach(sequence -> fail(sequence, closed));
            outcomes.forEach(Runnable::run);
            prefixes.close();
        }
    }

    private void runToTheNextBorder() {
        try {
            endDue();
            admit();
            prefill();
            step();
        } catch (RuntimeException | Error e) {
            LOG.error("a decoder's step failed", e);
            failAll(e);
        }
        tellOutcomes();
    }

    private boolean isIdle() {
        return rows.isEmpty() && entering == null;
    }

    /** Those let in. */
    private List<Sequence> running() {
        List<Sequence> running = new ArrayList<>(rows);
        if (entering != null) {
            running.add(entering);
        }
        return running;
    }

    private void tellOutcomes() {
        List<Sequence> running = running();
        counters.at(running.size(), admission.reserved(running), cache.heldBytes(), prefixes.bytes());
        outcomes.forEach(Runnable::run);
        outcomes.clear();
    }

    private void end(Sequence sequence, Ending ending) {
        long now = System.nanoTime();
        outcomes.add(() -> sequence.end(ending, now));
    }

    private void fail(Sequence sequence, Throwable cause) {
        outcomes.add(() -> sequence.fail(cause));
    }

    private void endDue() {
        long now = System.nanoTime();
        for (Sequence sequence : admission.waiting()) {
            if (endIfDue(sequence, now)) {
                admission.remove(sequence);
            }
        }
        if (entering != null && endIfDue(entering, now)) {
            entering = null;
            cache.abandon();
        }
        for (int row = rows.size() - 1; row >= 0; row--) {
            if (endIfDue(rows.get(row), now)) {
                leave(row);
            }
        }
    }

    private boolean endIfDue(Sequence sequence, long now) {
        try {
            Optional<Ending> ending = sequence.due(now);
            ending.ifPresent(why -> end(sequence, why));
            return ending.isPresent();
        } catch (RuntimeException e) {
            fail(sequence, e); // its caller's question failed, nobody else's
            return true;
        }
    }

    private void leave(int row) {
        cache.leave(row);
        Sequence last = rows.removeLast();
        if (row < rows.size()) {
            rows.set(row, last);
        }
    }

    private void admit() {
        if (entering == null && rows.size() < cache.maxRows()) {
            entering = admission.next(rows).orElse(null);
            if (entering != null) {
                counters.reused(entering.reused());
            }
        }
    }

    /** Runs one chunk of the entering prompt; the last one gives the first token. */
    private void prefill() {
        Sequence sequence = entering;
        if (sequence == null) {
            return;
        }
        int[] chunk = sequence.nextOfPrompt(model.prefillChunk());
        Optional<Ending> ending;
        long began = System.nanoTime();
        try {
            Logits result = cache.prefill(chunk);
            long now = System.nanoTime();
            counters.prefilled(chunk.length, now - began);
            sequence.prefilled(chunk.length, now);
            if (!sequence.isPrefilled()) {
                return;
            }
            result.last(0, logits);
            model.runner().shrinkTo(cache.maxRows());
            ending = write(sequence);
        } catch (DecodingException e) {
            entering = null;
            cache.abandon();
            fail(sequence, e);
            return;
        }
        entering = null;
        if (ending.isPresent()) {
            cache.abandon();
            end(sequence, ending.get());
        } else {
            cache.join();
            rows.add(sequence);
            admission.keepPrefix(sequence, rows.size() - 1, rows);
        }
    }

    /** Chooses the next token from the logits at hand and hands it over. */
    private Optional<Ending> write(Sequence sequence) {
        int token = sequence.chooser().next(logits);
        return model.endTokens().contains(token) ? Optional.of(Ending.END_TOKEN) : sequence.write(token);
    }

    /** Runs one token of every row, or a draft of the only one. */
    private void step() {
        if (rows.isEmpty()) {
            return;
        }
        long began = System.nanoTime();
        int[] draft = draft();
        int[] tokens = new int[rows.size() + draft.length];
        for (int row = 0; row < rows.size(); row++) {
            tokens[row] = rows.get(row).lastToken();
        }
        System.arraycopy(draft, 0, tokens, rows.size(), draft.length);
        Logits result;
        try {
            result = cache.step(tokens);
        } catch (DecodingException e) {
            List<Sequence> failed = List.copyOf(rows);
            while (!rows.isEmpty()) {
                leave(rows.size() - 1);
            }
            failed.forEach(sequence -> fail(sequence, e));
            return;
        }
        int written = 0;
        for (int row = rows.size() - 1; row >= 0; row--) {
            written += take(row, result, draft);
        }
        counters.decoded(written, System.nanoTime() - began);
    }

    private int[] draft() {
        if (drafting == Drafting.NONE || rows.size() > 1 || entering != null) {
            return NO_DRAFT;
        }
        return rows.getFirst().draft(model.prefillChunk() - 1);
    }

    /**
     * Writes what the model says behind the row's last token, and behind each token of the draft that it says itself.
     *
     * @return tokens written
     */
    private int take(int row, Logits result, int[] draft) {
        Sequence sequence = rows.get(row);
        int before = sequence.count();
        try {
            for (int accepted = 0; ; accepted++) {
                result.at(row + accepted, logits);
                Optional<Ending> ending = write(sequence);
                if (ending.isPresent()) {
                    leave(row);
                    end(sequence, ending.get());
                    break;
                }
                if (accepted == draft.length || sequence.lastToken() != draft[accepted]) {
                    if (draft.length > 0) {
                        counters.drafted(draft.length, accepted);
                        sequence.draftChecked(draft.length, accepted);
                    }
                    if (accepted < draft.length) {
                        cache.cut(sequence.count() - 1);
                    }
                    break;
                }
            }
        } catch (DecodingException e) {
            leave(row);
            fail(sequence, e);
        }
        return sequence.count() - before;
    }

    private void failAll(Throwable cause) {
        while (cache.rows() > 0) {
            cache.leave(cache.rows() - 1);
        }
        cache.abandon();
        rows.forEach(sequence -> fail(sequence, cause));
        rows.clear();
        if (entering != null) {
            fail(entering, cause);
            entering = null;
        }
    }
}
