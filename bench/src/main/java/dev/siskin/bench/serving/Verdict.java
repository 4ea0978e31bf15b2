package dev.siskin.bench.serving;

/** Says of a target whether it was met. */
final class Verdict {
    private Verdict() {}

    /** @param figures the target, and what came of it */
    static void print(boolean met, String figures) {
        System.out.println((met ? "met     " : "missed  ") + figures);
    }
}
