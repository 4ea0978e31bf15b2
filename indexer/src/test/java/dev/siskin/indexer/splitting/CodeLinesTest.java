package dev.siskin.indexer.splitting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodeLinesTest {
    /** The first lines of the blocks that begin at an indentation up to {@code indentation}. */
    private static List<String> blocks(int indentation, String code) {
        List<String> firstLines = new ArrayList<>();
        int border = Border.BLOCK;
        for (CodeLines.Line line : CodeLines.of(code, 0, code.length())) {
            if (border <= Border.code(indentation, Border.Sign.COMMENT)) {
                firstLines.add(code.substring(line.start(), line.end()));
            }
            border = line.border();
        }
        return firstLines;
    }

    @Test
    void java_isDividedIntoTypesThenMembers() {
        String code = """
                package x;

                import java.util.List;

                /**
                 * A type.
                 *
                 * @since 1
                 */
                @Deprecated(
                        since = "2"
                )
                public class A {
                    private final int a;

                    /** Makes one. */
                    A(int a,
                            int b) {
                        this.a = a;

                        if (a > b) {
                            f();
                        } else {
                            g();
                        }
                    }
                    // Next to it.
                    @Override
                    public String toString()
                    {
                        return "a";
                    }
                }
                """;

        assertThat(blocks(0, code)).containsExactly("package x;", "import java.util.List;", "/**");
        assertThat(blocks(4, code))
                .containsExactly("package x;", "import java.util.List;", "/**", "/** Makes one. */", "// Next to it.");
    }

    @Test
    void python_isDividedIntoFunctionsWithTheirDecoratorsAndComments() {
        String code = """
                import os
                import sys

                # Counts words
                # in a text.
                @cache
                def count(text):
                    \"""Says how many.

                Not indented.
                    \"""
                    words = text.split()

                    return len(words)
                def main():
                    if sys.argv:
                        print(count(os.name))
                    else:
                        print(0)


                if __name__ == "__main__":
                    main()
                """;

        assertThat(blocks(0, code))
                .containsExactly("import os", "# Counts words", "def main():", "if __name__ == \"__main__\":");
        assertThat(blocks(4, code)).contains("return len(words)").doesNotContain("Not indented.", "else:");
    }

    @Test
    void c_isDividedIntoFunctions_notAtDirectivesWithinThem() {
        String code = """
                #include <stdio.h>

                /* Adds
                   two numbers. */
                static int add(int a,
                               int b)
                {
                #ifdef DEBUG
                \tputs("add");
                #endif
                \treturn a + b;
                }
                int main(void)
                {
                \treturn add(1, 2);
                }
                """;

        assertThat(blocks(0, code)).containsExactly("#include <stdio.h>", "/* Adds", "int main(void)");
    }

    @Test
    void shell_isDividedIntoFunctions() {
        String code = """
                #!/bin/sh
                set -e

                # Says it.
                fail() {
                    case $1 in
                        /*) echo "$1" >&2 ;;
                    esac
                    if [ -n "$2" ]; then
                        exit 1
                    fi
                }

                for f in *; do
                    fail "$f"
                done
                echo end
                """;

        assertThat(blocks(0, code)).containsExactly("#!/bin/sh", "# Says it.", "for f in *; do", "echo end");
    }

    @Test
    void json_isDividedIntoItsObjects() {
        String code = """
                {
                  "a": {
                    "b": 1
                  },
                  "c": [
                    {
                      "d": 2
                    },
                    {
                      "d": 3
                    }
                  ],
                  "e": 4
                }
                """;

        assertThat(blocks(2, code)).containsExactly("{", "\"c\": [", "\"e\": 4");
        assertThat(blocks(4, code)).containsExactly("{", "\"c\": [", "{", "\"e\": 4");
    }

    @Test
    void yaml_isDividedIntoItsKeys() {
        String code = """
                version: 3
                # The services.
                services:
                  web:
                    image: a
                    ports:
                      - 80
                  db:
                    image: b
                volumes:
                  - name: x
                    size: 1
                  - name: y
                """;

        assertThat(blocks(0, code)).containsExactly("version: 3", "volumes:");
        assertThat(blocks(2, code)).containsExactly("version: 3", "db:", "volumes:", "- name: y");
    }

    @Test
    void fence_staysWithItsCode() {
        String code = "```sh\nls\n\nif a; then\n  b\nfi\n```\n";

        assertThat(blocks(0, code)).containsExactly("```sh", "if a; then");
    }

    @Test
    void commentAboveABlankLine_ratherStaysWithWhatFollows() {
        String code = "a();\n\n# ---- Part two ----\n\nb();\n";

        assertThat(CodeLines.of(code, 0, code.length()).stream()
                        .map(CodeLines.Line::border)
                        .toList())
                .containsExactly(Border.code(0, Border.Sign.CLEAR), Border.code(0, Border.Sign.COMMENT), Border.UNIT);
    }

    @Test
    void longComment_isDividedBetweenItsParagraphs() {
        List<CodeLines.Line> lines = CodeLines.of("/**\n * One\n * more.\n *\n * Two.\n */\nint a;", 0, 40);

        assertThat(lines.stream().map(CodeLines.Line::border).toList())
                .containsExactly(
                        Border.JOINED,
                        Border.JOINED,
                        Border.JOINED,
                        Border.UNIT,
                        Border.JOINED,
                        Border.JOINED,
                        Border.UNIT);
    }

    @Test
    void everyLineThatIsNotBlank_isThere() {
        String code = "  a\r\n\r\n\tb  \n\n\u00a0\nc";

        assertThat(CodeLines.of(code, 0, code.length()))
                .extracting(line -> code.substring(line.start(), line.end()))
                .containsExactly("a", "b", "\u00a0", "c");
    }
}
