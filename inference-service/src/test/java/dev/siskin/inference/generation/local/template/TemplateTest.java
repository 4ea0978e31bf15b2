package dev.siskin.inference.generation.local.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What transformers made of the same templates stands in {@code expected.json}: scripts/chat-templates/render.py. */
final class TemplateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-07T09:05:03Z"), ZoneOffset.UTC);

    private static String resource(String name) throws IOException {
        try (InputStream in = TemplateTest.class.getResourceAsStream("/chat-templates/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, Object> conversation(String name) throws IOException {
        Map<String, Object> variables = new HashMap<>();
        variables.put("bos_token", "<s>");
        variables.put("eos_token", "</s>");
        variables.put("tools", null);
        variables.put("documents", null);
        JsonNode conversation = JSON.readTree(resource("conversations.json")).get(name);
        conversation
                .properties()
                .forEach(field -> variables.put(field.getKey(), JSON.convertValue(field.getValue(), Object.class)));
        return variables;
    }

    private static String render(String source) {
        return Template.of(source).render(Map.of(), CLOCK);
    }

    @TestFactory
    Stream<DynamicTest> templates_renderAsInPython() throws IOException {
        JsonNode expected = JSON.readTree(resource("expected.json"));
        return Stream.concat(
                expected.get("templates")
                        .valueStream()
                        .map(wanted -> DynamicTest.dynamicTest(
                                wanted.get("template").asText() + " "
                                        + wanted.get("conversation").asText(),
                                () -> check(
                                        resource(wanted.get("template").asText()),
                                        wanted.get("conversation").asText(),
                                        wanted))),
                expected.get("constructs")
                        .valueStream()
                        .map(wanted -> DynamicTest.dynamicTest(
                                wanted.get("construct").asText(),
                                () -> check(wanted.get("construct").asText(), "training", wanted))));
    }

    private static void check(String source, String conversation, JsonNode wanted) throws IOException {
        Map<String, Object> variables = conversation(conversation);
        if (wanted.has("text")) {
            assertThat(Template.of(source).render(variables, CLOCK))
                    .isEqualTo(wanted.get("text").asText());
            return;
        }
        boolean refused = wanted.get("error").asText().startsWith("TemplateError: ");
        assertThatThrownBy(() -> Template.of(source).render(variables, CLOCK))
                .isInstanceOfSatisfying(TemplateException.class, fault -> {
                    assertThat(fault.isRefusal()).isEqualTo(refused);
                    assertThat(fault.getMessage()).startsWith("line ").hasLineCount(1);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(100000000) %}{% endfor %}",
                "{% for i in range(2000) %}{% for j in range(2000) %}{% endfor %}{% endfor %}",
                "{% set n = namespace(x='aa') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x='aa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
                "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{{ 'a' * 1000000000000 }}",
                "{{ 'a' * 9223372036854775807 }}",
                "{% set s = 'a' * 100000 %}{{ s.replace('a', s) }}",
                "{% set s = 'a' * 100000 %}{{ s.split('a') | join(s) }}",
                "{% set s = 'a' * 4000000 %}{{ (s ~ 'b' ~ s) in (s ~ s ~ s) }}",
                "{{ [1] | tojson(indent=1000000000) }}",
                "{{ 'a\nb' | indent(1000000000) }}",
                "{% for i in range(100000) %}{{ 'aaaaaaaaaaaaaaaa' }}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m(a, b) %}{% if a %}{{ m(a - 1) }}{{ m(a - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
                "{{ range(9223372036854775806, 9223372036854775807, 3) }}",
                "{{ 9223372036854775807 + 1 }}"
            })
    void templateThatDoesTooMuch_isStopped(String source) {
        assertThatThrownBy(() -> render(source)).isInstanceOf(TemplateException.class);
    }

    @Test
    void templateNestedTooDeep_isRefused() {
        String list = "[".repeat(60_000) + "]".repeat(60_000);
        String blocks = "{% if 1 %}".repeat(20_000);

        assertThatThrownBy(() -> Template.of("{{ " + list + " }}"))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("too deep");
        assertThatThrownBy(() -> Template.of(blocks))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("too deep");
    }

    @Test
    void templateTooLong_isRefused() {
        assertThatThrownBy(() -> Template.of("a".repeat(Template.LONGEST + 1)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("at most 262144")
                .hasMessageContaining("length=262145");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% import 'a' as b %}",
                "{% from 'a' import b %}",
                "{% extends 'a' %}",
                "{{ self }}{{ ''.getClass() }}",
                "{{ ''['class'].forName('java.lang.Runtime') }}",
                "{{ messages.class.classLoader.x }}",
                "{{ cycler.__init__.__globals__ }}",
                "{{ namespace.__init__.x }}",
                "{{ range.class.x }}",
                "{{ loop.elements.x }}",
                "{{ strftime_now.call('%d').x }}"
            })
    void nothingLeadsOutOfATemplate(String source) {
        assertThatThrownBy(() -> render(source)).isInstanceOf(TemplateException.class);
    }

    @Test
    void faults_nameTheirLine() {
        assertThatThrownBy(() -> render("\n\n{{ a.b }}")).hasMessage("line 3: \"a\" is undefined");
        assertThatThrownBy(() -> Template.of("{% if a %}\n{% call x() %}"))
                .hasMessageStartingWith("line 2: \"call\" is not supported");
        assertThatThrownBy(() -> Template.of("a\n{{ 'b' | }}")).hasMessageStartingWith("line 2: a name is missing");
        assertThatThrownBy(() -> Template.of("a\n{% if x %}")).hasMessageContaining("\"endif\" is missing");
        assertThatThrownBy(() -> Template.of("{{ a b }}")).hasMessageContaining("what follows does not belong there");
    }

    @Test
    void variables_ofJavaAreThoseOfATemplate() {
        Map<String, Object> variables = Map.of("list", List.of(1, 2.5f, (short) 3, "x", true), "map", Map.of("k", 1L));

        assertThat(Template.of("{{ list }} {{ map }}").render(variables, CLOCK))
                .isEqualTo("[1, 2.5, 3, 'x', True] {'k': 1}");
        assertThatThrownBy(() -> Template.of("").render(Map.of("clock", CLOCK), CLOCK))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
