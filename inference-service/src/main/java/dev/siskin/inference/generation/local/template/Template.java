package dev.siskin.inference.generation.local.template;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A template of Jinja, read once and rendered often. Thread-safe. Of Jinja it knows what chat templates use; what it does
 * not know (inheritance, includes, {@code call}, recursive loops, formatting by {@code %}) is an error that names it.
 */
public final class Template {
    /** UTF-16 units of the longest template that is read. */
    public static final int LONGEST = 256 * 1024;

    private final Statement statements;

    private Template(Statement statements) {
        this.statements = statements;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException if it is too long or no template
     */
    public static Template of(String source) {
        if (source.length() > LONGEST) {
            throw new TemplateException(
                    "a template has at most %d characters: length=%d".formatted(LONGEST, source.length()));
        }
        try {
            return new Template(Statements.read(Lexer.tokens(source)));
        } catch (StackOverflowError deep) {
            throw TemplateException.tooDeep(deep);
        }
    }

    /**
     * Writes the text.
     *
     * @param variables strings, numbers, booleans, null, lists and maps of these
     * @param clock what {@code strftime_now} reads
     * @throws TemplateException if the template refuses the variables, uses what is not there, or does too much
     */
    public String render(Map<String, Object> variables, Clock clock) {
        Map<String, Object> names = globals(clock);
        variables.forEach((name, value) -> names.put(name, Values.of(value)));
        var work = new Work();
        var output = new StringBuilder();
        try {
            statements.run(new Scope(names, work), output);
            return output.toString();
        } catch (StackOverflowError deep) {
            throw TemplateException.tooDeep(deep);
        } catch (TemplateException | ArithmeticException fault) {
            throw TemplateException.at(work.line(), fault);
        }
    }

    private static Map<String, Object> globals(Clock clock) {
        Map<String, Object> globals = new HashMap<>();
        globals.put("namespace", (Function) (arguments, work) -> new Attributes.Namespace(arguments.named()));
        globals.put("dict", (Function) (arguments, work) -> new LinkedHashMap<Object, Object>(arguments.named()));
        globals.put("range", (Function) Template::range);
        globals.put("raise_exception", (Function) (arguments, work) -> {
            throw TemplateException.refusal(Written.plain(arguments.at(0, "message"), work));
        });
        globals.put("strftime_now", (Function) (arguments, work) ->
                work.made(Dates.written(Values.string(arguments.at(0, "format")), ZonedDateTime.now(clock))));
        return globals;
    }

    private static Object range(Arguments arguments, Work work) {
        boolean one = arguments.positional().size() == 1;
        long start = one ? 0 : Values.whole(arguments.at(0, "start"));
        long end = Values.whole(arguments.at(one ? 0 : 1, "stop"));
        long step = Values.whole(arguments.at(2, "step", 1L));
        if (step == 0) {
            throw new TemplateException("a range's step must not be 0");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < end : i > end; i = Math.addExact(i, step)) {
            work.elements(1);
            numbers.add(i);
        }
        return numbers;
    }
}
