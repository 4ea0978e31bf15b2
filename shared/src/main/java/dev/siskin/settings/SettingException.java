package dev.siskin.settings;

/** A setting that cannot be used; the message is one line and names the place and what is allowed. */
public final class SettingException extends RuntimeException {
    public SettingException(String message) {
        super(message);
    }
}
