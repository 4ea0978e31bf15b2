package dev.siskin.auth;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What a key may do. */
public enum Scope {
    /** Search, answers, models, embeddings, reading its own collections. */
    @JsonProperty("query")
    QUERY,
    /** Creating and deleting its own collections and documents. */
    @JsonProperty("write")
    WRITE,
    /** All tenants: snapshots, metrics, memory, economics. */
    @JsonProperty("admin")
    ADMIN,
    /** What the inference tier needs of the retrieval tier; names the tenant in a header. */
    @JsonProperty("service")
    SERVICE;

    /** The name on the wire and in the key file. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
