package dev.siskin.inference.routing;

/** The tier asked for does not run here and the request takes no other; the message has the remedy. */
public final class TierNotOfferedException extends RuntimeException {
    TierNotOfferedException(String message) {
        super(message, null, false, false);
    }
}
