package dev.siskin.inference.generation;

import java.util.ArrayList;
import java.util.List;

/** The sign that nobody waits for a generation any more. Thread-safe. */
public final class Cancellation {
    private final List<Runnable> actions = new ArrayList<>();
    private boolean cancelled;

    /** Gives the sign; a second time does nothing. */
    public void cancel() {
        List<Runnable> due;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            due = List.copyOf(actions);
            actions.clear();
        }
        due.forEach(Runnable::run);
    }

    /** Whether the sign was given. */
    public synchronized boolean isCancelled() {
        return cancelled;
    }

    /** Runs the action when the sign is given, at once where it was; on the thread that gives it, so be short. */
    public void onCancel(Runnable action) {
        synchronized (this) {
            if (!cancelled) {
                actions.add(action);
                return;
            }
        }
        action.run();
    }

    /** @throws CancelledException where the sign was given */
    public void check() {
        if (isCancelled()) {
            throw new CancelledException();
        }
    }
}
