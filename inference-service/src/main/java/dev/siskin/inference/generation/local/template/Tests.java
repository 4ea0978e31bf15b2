package dev.siskin.inference.generation.local.template;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tests behind {@code is}. */
final class Tests {
    private Tests() {}

    static boolean holds(String name, Object value, Arguments a, Work work) {
        work.step();
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == None.NONE;
            case "string" -> value instanceof String;
            case "mapping" -> value instanceof Map<?, ?>;
            case "sequence", "iterable" ->
                value instanceof String
                        || value instanceof List<?>
                        || value instanceof Map<?, ?>
                        || value instanceof Undefined;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "true" -> value.equals(true);
            case "false" -> value.equals(false);
            case "callable" -> value instanceof Function;
            case "odd" -> Math.floorMod(Values.whole(value), 2) == 1;
            case "even" -> Math.floorMod(Values.whole(value), 2) == 0;
            case "divisibleby" -> Math.floorMod(Values.whole(value), Values.whole(a.at(0, "num"))) == 0;
            case "upper" -> Values.string(value).equals(Values.string(value).toUpperCase(Locale.ROOT));
            case "lower" -> Values.string(value).equals(Values.string(value).toLowerCase(Locale.ROOT));
            case "equalto", "eq", "==" -> Operators.compare("==", value, a.at(0, "other"), work);
            case "ne", "!=" -> Operators.compare("!=", value, a.at(0, "other"), work);
            case "lt", "lessthan", "<" -> Operators.compare("<", value, a.at(0, "other"), work);
            case "le", "<=" -> Operators.compare("<=", value, a.at(0, "other"), work);
            case "gt", "greaterthan", ">" -> Operators.compare(">", value, a.at(0, "other"), work);
            case "ge", ">=" -> Operators.compare(">=", value, a.at(0, "other"), work);
            case "in" -> Operators.compare("in", value, a.at(0, "seq"), work);
            case "sameas" -> value.equals(a.at(0, "other"));
            default -> throw new TemplateException("no test is named \"%s\"".formatted(name));
        };
    }
}
