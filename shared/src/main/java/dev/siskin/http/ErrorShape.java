package dev.siskin.http;

/** What a route's errors look like, those included that are found before its handler is reached. */
public enum ErrorShape {
    /** RFC 9457, see {@link Problem}. */
    PROBLEM,
    /** OpenAI's, see {@link OpenAiError}, for routes that its clients call. */
    OPENAI
}
