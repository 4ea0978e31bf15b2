package dev.siskin.inference.generation;

import java.util.ArrayList;
import java.util.List;

/**
 * The sign that nobody waits for a generation any more. Thread-safe.
 *
 * <p>Its actions hold what they end: a generation's whole input and its checks. Who keeps the sign longer than the work
 * lets go of them by {@link #end}.
 */
public final class Cancellation {
    private final List<Runnable> actions = new ArrayList<>();
    private boolean cancelled;
    private boolean ended;

    /** Gives the sign; a second time does nothing. */
    public void cancel() {
        List<Runnable> due;
        synchronized (this) {
            if (cancelled || ended) {
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
            if (ended) {
                return;
            }
            if (!cancelled) {
                actions.add(action);
                return;
            }
        }
        action.run();
    }

    /** The work is over: forgets its actions, and the sign means nothing from now on. */
    public synchronized void end() {
        ended = true;
        actions.clear();
    }

    /** @throws CancelledException where the sign was given */
    public void check() {
        if (isCancelled()) {
            throw new CancelledException();
        }
    }
}
