package dev.siskin.settings;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One setting: its name, its default, how its text is read, and what it means. Declared as a constant
 * beside the code that uses it; {@code docs/configuration.md} lists them all.
 *
 * @param <T> type of the value
 * @param name dotted, lower case: {@code retrieval.http.port}
 * @param defaultValue used where neither the environment nor the file names the setting
 * @param parser reads the text; throws {@link IllegalArgumentException} saying what is allowed
 * @param meaning one sentence for the operator
 * @param secret whether the value is masked where settings are printed
 */
public record Setting<T>(String name, T defaultValue, Function<String, T> parser, String meaning, boolean secret) {
    private static final String ENV_PREFIX = "SISKIN_";

    /** A text. */
    public static Setting<String> text(String name, String defaultValue, String meaning) {
        return new Setting<>(name, defaultValue, Function.identity(), meaning, false);
    }

    /** A text that is never printed. */
    public static Setting<String> secret(String name, String meaning) {
        return new Setting<>(name, "", Function.identity(), meaning, true);
    }

    /** {@code true} or {@code false}. */
    public static Setting<Boolean> flag(String name, boolean defaultValue, String meaning) {
        return new Setting<>(name, defaultValue, Setting::parseFlag, meaning, false);
    }

    /** A whole number within {@code [min, max]}. */
    public static Setting<Integer> integer(String name, int defaultValue, int min, int max, String meaning) {
        return new Setting<>(name, defaultValue, text -> Math.toIntExact(whole(text, min, max)), meaning, false);
    }

    /** A number within {@code [min, max]}. */
    public static Setting<Double> decimal(String name, double defaultValue, double min, double max, String meaning) {
        return new Setting<>(name, defaultValue, text -> number(text, min, max), meaning, false);
    }

    /** A number of bytes: {@code 4096}, {@code 64k}, {@code 8m}, {@code 2g}. */
    public static Setting<Long> bytes(String name, long defaultValue, String meaning) {
        return new Setting<>(name, defaultValue, Setting::parseBytes, meaning, false);
    }

    /** A length of time: {@code 250ms}, {@code 30s}, {@code 5m}, {@code 1h}. */
    public static Setting<Duration> duration(String name, Duration defaultValue, String meaning) {
        return new Setting<>(name, defaultValue, Setting::parseDuration, meaning, false);
    }

    /** The address of a service, {@code http} or {@code https}. */
    public static Setting<URI> address(String name, String defaultValue, String meaning) {
        return new Setting<>(name, URI.create(defaultValue), Setting::parseAddress, meaning, false);
    }

    /** Addresses of services of one kind, comma-separated, one at least. */
    public static Setting<List<URI>> addresses(String name, String defaultValue, String meaning) {
        return new Setting<>(name, parseAddresses(defaultValue), Setting::parseAddresses, meaning, false);
    }

    /** A path, relative ones taken from the working directory; empty = not set. */
    public static Setting<Path> path(String name, String defaultValue, String meaning) {
        return new Setting<>(name, Path.of(defaultValue), Path::of, meaning, false);
    }

    /** The value as an operator writes it: {@code 8m}, {@code 30s}. */
    public String write(T value) {
        return switch (value) {
            case Long bytes -> writeBytes(bytes);
            case Duration duration -> writeDuration(duration);
            case List<?> several -> several.stream().map(Object::toString).collect(Collectors.joining(","));
            default -> value.toString();
        };
    }

    /** The environment variable that overrides this setting: {@code SISKIN_RETRIEVAL_HTTP_PORT}. */
    public String env() {
        return ENV_PREFIX + name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static boolean parseFlag(String text) {
        return switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("true or false");
        };
    }

    private static long whole(String text, long min, long max) {
        try {
            long value = Long.parseLong(text.strip());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("a whole number from " + min + " to " + max, notANumber);
        }
        throw new IllegalArgumentException("a whole number from " + min + " to " + max);
    }

    private static double number(String text, double min, double max) {
        try {
            double value = Double.parseDouble(text.strip());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("a number from " + min + " to " + max, notANumber);
        }
        throw new IllegalArgumentException("a number from " + min + " to " + max);
    }

    /**
     * Reads a number of bytes as {@link #bytes} takes it.
     *
     * @throws IllegalArgumentException saying what would be one
     */
    public static long parseBytes(String text) {
        String digits = text.strip().toLowerCase(Locale.ROOT);
        int shift = 0;
        if (!digits.isEmpty()) {
            shift = switch (digits.charAt(digits.length() - 1)) {
                case 'k' -> 10;
                case 'm' -> 20;
                case 'g' -> 30;
                default -> 0;
            };
        }
        if (shift > 0) {
            digits = digits.substring(0, digits.length() - 1);
        }
        try {
            return Math.multiplyExact(whole(digits, 0, Long.MAX_VALUE), 1L << shift);
        } catch (IllegalArgumentException | ArithmeticException invalid) {
            throw new IllegalArgumentException("a number of bytes such as 65536, 64k, 8m or 2g", invalid);
        }
    }

    private static Duration parseDuration(String text) {
        String value = text.strip().toLowerCase(Locale.ROOT);
        int unit = 0;
        while (unit < value.length() && (Character.isDigit(value.charAt(unit)) || value.charAt(unit) == '.')) {
            unit++;
        }
        try {
            BigDecimal amount = new BigDecimal(value.substring(0, unit));
            long millis = switch (value.substring(unit)) {
                case "ms" -> 1;
                case "s" -> 1_000;
                case "m" -> 60_000;
                case "h" -> 3_600_000;
                default -> throw new IllegalArgumentException("unit " + value.substring(unit));
            };
            return Duration.ofMillis(amount.multiply(BigDecimal.valueOf(millis)).longValueExact());
        } catch (IllegalArgumentException | ArithmeticException invalid) {
            throw new IllegalArgumentException("a length of time such as 250ms, 30s, 5m or 1h", invalid);
        }
    }

    private static String writeBytes(long bytes) {
        for (int unit = 2; unit >= 0; unit--) {
            int shift = 10 * (unit + 1);
            if (bytes != 0 && bytes % (1L << shift) == 0) {
                return (bytes >> shift) + "kmg".substring(unit, unit + 1);
            }
        }
        return Long.toString(bytes);
    }

    private static String writeDuration(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1_000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1_000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        return seconds % 3_600 == 0 ? seconds / 3_600 + "h" : seconds / 60 + "m";
    }

    private static List<URI> parseAddresses(String text) {
        List<URI> addresses =
                Stream.of(text.split(",", -1)).map(Setting::parseAddress).toList();
        if (addresses.stream().map(URI::getAuthority).distinct().count() < addresses.size()) {
            throw new IllegalArgumentException(
                    "addresses such as http://a:7301,http://b:7301, each host and port once");
        }
        return addresses;
    }

    private static URI parseAddress(String text) {
        String allowed = "an address such as http://127.0.0.1:7301";
        try {
            URI address = new URI(text.strip());
            boolean spoken = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            if (spoken && address.getHost() != null) {
                return address;
            }
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(allowed, malformed);
        }
        throw new IllegalArgumentException(allowed);
    }
}
