package dev.siskin.cli.doctor;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What one check found.
 *
 * @param detail what is there, with figures
 * @param remedy what to do; null where all is well
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Finding(
        String check, boolean ok, String detail, @Nullable String remedy) {
    static Finding ok(String check, String detail) {
        return new Finding(check, true, detail, null);
    }

    static Finding bad(String check, String detail, String remedy) {
        return new Finding(check, false, detail, remedy);
    }
}
