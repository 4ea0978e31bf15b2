package dev.siskin.http;

/** What the errors of a path look like, those included that are found before its route is. */
public enum ErrorShape {
    /** RFC 9457, see {@link Problem}. */
    PROBLEM,
    /** OpenAI's, see {@link OpenAiError}, for routes that its clients call. */
    OPENAI
}
