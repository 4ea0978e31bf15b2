package dev.siskin.bench.serving;

import dev.siskin.bench.load.OpenLoop.Answered;
import java.nio.charset.StandardCharsets;

/**
 * What a client got.
 *
 * @param due second it was due, from the beginning
 * @param millis from when it was due to the last byte
 * @param step of the ladder and its cause, {@code extractive (queue_full)}; empty where there was none
 */
record Outcome(double due, double millis, int status, String step) {
    private static final String STEP = "\"degraded\":{\"step\":\"";
    private static final String CAUSE = "\",\"cause\":\"";

    static Outcome of(Answered answered) {
        String step = answered.status() == 200 ? step(new String(answered.body(), StandardCharsets.UTF_8)) : "";
        return new Outcome(answered.due(), answered.millis(), answered.status(), step);
    }

    private static String step(String answer) {
        int at = answer.indexOf(STEP);
        if (at < 0) {
            return "";
        }
        int from = at + STEP.length();
        int cause = answer.indexOf(CAUSE, from);
        int causeFrom = cause + CAUSE.length();
        return answer.substring(from, cause) + " (" + answer.substring(causeFrom, answer.indexOf('"', causeFrom)) + ")";
    }

    boolean isWhole() {
        return status == 200 && step.isEmpty();
    }

    boolean isDegraded() {
        return status == 200 && !step.isEmpty();
    }

    /** Refused with a status that tells the client to come again. */
    boolean isShed() {
        return status == 503 || status == 429;
    }

    /** Neither answered nor refused as it should be: late, failed, broken off. */
    boolean isOther() {
        return status != 200 && !isShed();
    }
}
