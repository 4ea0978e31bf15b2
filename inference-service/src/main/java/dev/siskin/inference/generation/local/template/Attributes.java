package dev.siskin.inference.generation.local.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A value that has attributes and nothing else. */
interface Attributes {
    Object attribute(String name);

    /** What {@code namespace(...)} makes: the one value that {@code set} may change. */
    record Namespace(Map<String, Object> fields) implements Attributes {
        public Namespace {
            fields = new HashMap<>(fields);
        }

        @Override
        public Object attribute(String name) {
            Object value = fields.get(name);
            return value == null ? new Undefined(name) : value;
        }
    }

    /** The {@code loop} of a loop's element. */
    record Loop(List<Object> elements, int index) implements Attributes {
        @Override
        public Object attribute(String name) {
            int size = elements.size();
            return switch (name) {
                case "index" -> (long) index + 1;
                case "index0" -> (long) index;
                case "revindex" -> (long) size - index;
                case "revindex0" -> (long) size - index - 1;
                case "first" -> index == 0;
                case "last" -> index == size - 1;
                case "length" -> (long) size;
                case "previtem" -> index == 0 ? new Undefined(name) : elements.get(index - 1);
                case "nextitem" -> index == size - 1 ? new Undefined(name) : elements.get(index + 1);
                case "cycle" ->
                    (Function) (arguments, work) -> arguments
                            .positional()
                            .get(index % Math.max(1, arguments.positional().size()));
                default -> new Undefined("loop." + name);
            };
        }
    }
}
