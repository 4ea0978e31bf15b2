package dev.siskin.inference.decoding;

/** Why a sequence ended. */
public enum Ending {
    /** The model wrote one of its end tokens. */
    END_TOKEN,
    /** It wrote as many tokens as it may. */
    LENGTH,
    /** Its sink wanted no more. */
    SINK,
    /** Nobody waits for it any more. */
    CANCELLED,
    /** Its time was over. */
    DEADLINE
}
