package dev.siskin.http;

/** The content types requests come in. */
public enum ContentKind {
    JSON("application/json"),
    NDJSON("application/x-ndjson"),
    TAR("application/x-tar");

    private final String mediaType;

    ContentKind(String mediaType) {
        this.mediaType = mediaType;
    }

    /** The media type, without parameters. */
    public String mediaType() {
        return mediaType;
    }
}
