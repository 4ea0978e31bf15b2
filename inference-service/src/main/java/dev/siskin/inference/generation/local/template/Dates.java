package dev.siskin.inference.generation.local.template;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates by C's {@code strftime}, in English. */
final class Dates {
    private Dates() {}

    static String written(String format, ZonedDateTime date) {
        var written = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                written.append(c);
                continue;
            }
            boolean plain = format.charAt(i + 1) == '-' && i + 2 < format.length();
            i += plain ? 2 : 1;
            String pattern = pattern(format.charAt(i));
            if (pattern.isEmpty()) {
                written.append(format.charAt(i) == '%' ? "%" : "%" + format.charAt(i));
            } else {
                String text =
                        DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(date);
                written.append(plain ? text.replaceFirst("^0+(?=\\d)", "") : text);
            }
        }
        return written.toString();
    }

    private static String pattern(char field) {
        return switch (field) {
            case 'd' -> "dd";
            case 'e' -> "ppd";
            case 'm' -> "MM";
            case 'b', 'h' -> "MMM";
            case 'B' -> "MMMM";
            case 'y' -> "yy";
            case 'Y' -> "yyyy";
            case 'a' -> "EEE";
            case 'A' -> "EEEE";
            case 'j' -> "DDD";
            case 'H' -> "HH";
            case 'I' -> "hh";
            case 'M' -> "mm";
            case 'S' -> "ss";
            case 'p' -> "a";
            case 'Z' -> "zzz";
            case 'z' -> "xx";
            case 'F' -> "yyyy-MM-dd";
            case 'T' -> "HH:mm:ss";
            default -> "";
        };
    }
}
