package dev.siskin.inference.generation.local.template;

import java.util.List;

/** What a template does: it writes, or changes names. */
@FunctionalInterface
interface Statement {
    /** How a statement ended. */
    enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    Flow run(Scope scope, StringBuilder output);

    static Statement all(List<Statement> statements) {
        return (scope, output) -> {
            for (Statement statement : statements) {
                Flow flow = statement.run(scope, output);
                if (flow != Flow.ON) {
                    return flow;
                }
            }
            return Flow.ON;
        };
    }
}
