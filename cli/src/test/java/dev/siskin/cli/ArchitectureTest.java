package dev.siskin.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dependencies point one way: services and tools to shared, domain packages to nothing of the outside. */
class ArchitectureTest {
    private static final JavaClasses SISKIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.siskin");

    private static final String RETRIEVAL = "dev.siskin.retrieval..";
    private static final String INFERENCE = "dev.siskin.inference..";
    private static final String INDEXER = "dev.siskin.indexer..";
    private static final String CLI = "dev.siskin.cli..";
    private static final String[] SHARED = {
        "dev.siskin.api..",
        "dev.siskin.auth..",
        "dev.siskin.embedding..",
        "dev.siskin.generators..",
        "dev.siskin.http..",
        "dev.siskin.memory..",
        "dev.siskin.options..",
        "dev.siskin.question..",
        "dev.siskin.runtime..",
        "dev.siskin.settings.."
    };

    @Test
    void everyModule_isLookedAt() {
        Stream.concat(Stream.of(RETRIEVAL, INFERENCE, INDEXER, CLI), Stream.of(SHARED))
                .forEach(where -> assertThat(SISKIN.that(resideInAPackage(where)))
                        .as("classes in %s", where)
                        .isNotEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {RETRIEVAL, INFERENCE, INDEXER, CLI})
    void module_importsNoOtherButShared(String module) {
        check(classes()
                .that()
                .resideInAPackage(module)
                .should()
                .onlyDependOnClassesThat(not(resideInAnyPackage("dev.siskin.."))
                        .or(resideInAPackage(module))
                        .or(resideInAnyPackage(SHARED))));
    }

    @Test
    void shared_importsNoModule() {
        check(noClasses()
                .that()
                .resideInAnyPackage(SHARED)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(RETRIEVAL, INFERENCE, INDEXER, CLI));
    }

    static Stream<Arguments> forbidden() {
        String lucene = "org.apache.lucene..";
        String tika = "org.apache.tika..";
        String onnx = "ai.onnxruntime..";
        String indexOptions = "dev.siskin.options..";
        return Stream.of(
                Arguments.of(SHARED, new String[] {lucene, tika}),
                Arguments.of(new String[] {RETRIEVAL}, new String[] {tika, indexOptions}),
                Arguments.of(new String[] {INFERENCE}, new String[] {lucene, tika, "ai.djl..", indexOptions}),
                Arguments.of(new String[] {INDEXER}, new String[] {lucene, "io.javalin.."}),
                Arguments.of(new String[] {CLI}, new String[] {lucene, tika, onnx, "ai.djl..", "io.javalin.."}));
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void module_keepsOutOfLibrariesThatAreNotItsBusiness(String[] module, String[] libraries) {
        check(noClasses()
                .that()
                .resideInAnyPackage(module)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries));
    }

    /** It embeds nothing. */
    @Test
    void inference_hasNoEmbedder() {
        check(noClasses()
                .that()
                .resideInAPackage(INFERENCE)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.siskin.embedding.."));
    }

    @Test
    void nativeLibraries_areKnownToThePackagesThatRunModelsAlone() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.siskin.embedding..", "dev.siskin.inference.decoding..", "dev.siskin.runtime..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.onnxruntime..", "ai.djl.."));
    }

    @Test
    void commands_dependOnTheJdkSharedAndPicocliAlone() {
        check(classes()
                .that()
                .resideInAPackage(CLI)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(SHARED)
                        .or(resideInAnyPackage(
                                CLI,
                                "java..",
                                "com.sun.management..",
                                "picocli..",
                                "com.fasterxml.jackson..",
                                "org.jspecify.annotations.."))));
    }

    /** Where HTTP is spoken: the packages named so, and each service's composition root. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                RETRIEVAL,
                INFERENCE,
                INDEXER,
                "dev.siskin.api..",
                "dev.siskin.auth..",
                "dev.siskin.memory..",
                "dev.siskin.question..",
                "dev.siskin.settings..",
                "dev.siskin.generators..",
                "dev.siskin.embedding..",
                "dev.siskin.runtime.."
            })
    void domainPackages_knowNothingOfTheHttpServer(String module) {
        check(noClasses()
                .that()
                .resideInAPackage(module)
                .and(not(resideInAnyPackage(
                        "dev.siskin.retrieval",
                        "dev.siskin.retrieval.http..",
                        "dev.siskin.inference",
                        "dev.siskin.inference.gateway..",
                        "dev.siskin.inference.http..",
                        "dev.siskin.inference.openai..",
                        "dev.siskin.inference.console..")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "jakarta.servlet.."));
    }

    /** Limits, caches, breakers and deadlines must not move when the clock is set. Chat templates write today's date. */
    @Test
    void answering_readsTheWallClockForDatesAlone() {
        check(noClasses()
                .that()
                .resideInAnyPackage(INFERENCE, "dev.siskin.http..", "dev.siskin.auth..")
                .and()
                .resideOutsideOfPackage("dev.siskin.inference.generation.local..")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(java.time.Clock.class, java.util.Date.class));
        check(noClasses()
                .that()
                .resideInAPackage(INFERENCE)
                .and()
                .doNotHaveSimpleName("InferenceService")
                .should()
                .callMethod(java.time.InstantSource.class, "system"));
    }

    @Test
    void everyPackage_isNullMarked() {
        check(classes().should(new com.tngtech.archunit.lang.ArchCondition<>("lie in a @NullMarked package") {
            @Override
            public void check(JavaClass type, com.tngtech.archunit.lang.ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(org.jspecify.annotations.NullMarked.class);
                events.add(new com.tngtech.archunit.lang.SimpleConditionEvent(type, marked, type.getFullName()));
            }
        }));
    }

    private static void check(ArchRule rule) {
        rule.check(SISKIN);
    }
}
