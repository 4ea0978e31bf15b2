package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher itself, in a checkout and among JDKs and Mavens made up for the test. */
class LauncherTest {
    private static final List<String> MODULES =
            List.of("shared", "retrieval-service", "inference-service", "indexer", "cli", "bench");

    @TempDir
    Path temporary;

    private Path checkout = Path.of("");
    private Path jdks = Path.of("");
    private Path programs = Path.of("");
    private final Map<String, String> environment = new TreeMap<>();

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = Files.createDirectories(temporary.resolve("a check out"));
        jdks = Files.createDirectories(temporary.resolve("jdks"));
        programs = Files.createDirectories(temporary.resolve("programs"));
        Path launcher = Path.of("..", "siskin").toAbsolutePath().normalize();
        assumeThat(launcher).exists();
        Files.copy(launcher, checkout.resolve("siskin"));
        executable(checkout.resolve("siskin"), null);
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        for (String module : MODULES) {
            Path sources = Files.createDirectories(checkout.resolve(module).resolve("src/main/java"));
            Files.writeString(sources.resolve("Source.java"), "class Source {}");
            Files.writeString(checkout.resolve(module).resolve("pom.xml"), "<project/>");
        }
        environment.put("SISKIN_JAVA_SEARCH", temporary.resolve("no such folder") + ":" + jdks);
        environment.put("PATH", programs + ":/usr/bin:/bin");
        environment.put("HOME", temporary.toString());
        environment.put("JAVA_HOME", "");
        hideJavaOnPath();
    }

    /** The machine's own java must not be found: one that is no JDK home stands before it. */
    private void hideJavaOnPath() throws IOException {
        executable(programs.resolve("java"), "exit 1");
    }

    @Test
    void noJdk_isSaidWithWhatToInstall() throws Exception {
        Run run = launch("status");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("siskin: needs a JDK 25 or later; found none\n")
                .contains("apt install temurin-25-jdk", "dnf install", "brew install", "sdk install java");
    }

    @Test
    void olderJdks_areNamed() throws Exception {
        jdk("seventeen", "17.0.15");
        jdk("eight", "1.8.0_402");

        Run run = launch("status");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("found only older ones:")
                .contains("17.0.15  " + jdks.resolve("seventeen"))
                .contains("1.8.0_402  " + jdks.resolve("eight"));
    }

    @Test
    void recentJdk_isFoundAmongOlderOnes() throws Exception {
        jdk("a17", "17.0.15");
        jdk("b26", "26-ea");
        maven("3.9.9");

        assertThat(launch("build").status()).isZero();
        assertThat(Files.readString(checkout.resolve("maven-calls"))).contains("JAVA_HOME=" + jdks.resolve("b26"));
    }

    @Test
    void namedJdk_mustBeRecent() throws Exception {
        environment.put("SISKIN_JAVA_HOME", jdk("old", "21.0.2").toString());
        jdk("good", "25");

        Run run = launch("status");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("SISKIN_JAVA_HOME must name a JDK 25 or later", "21.0.2");
    }

    @Test
    void noMaven_isSaidOnlyWhereSomethingMustBeBuilt() throws Exception {
        jdk("good", "25.0.1");
        maven("3.6.3");

        Run run = launch("status");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("needs Maven 3.8 or later to build", "of version 3.6.3", "apt install maven");

        maven("3.8.1");
        assertThat(launch("build").status()).isZero();
        maven("3.6.3");
        assertThat(launch("status").status()).isZero();
    }

    @Test
    void arguments_arriveAsTheyWereTyped() throws Exception {
        jdk("good", "25.0.1");
        maven("3.9.9");

        Run run = launch("ask", "what is  this?", "", "--collection", "*", "$HOME", "a\"b'c");

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("[dev.siskin.cli.Siskin][ask][what is  this?][][--collection][*][$HOME][a\"b'c]")
                .contains("[-Dsiskin.home=" + checkout.toRealPath() + "]");
    }

    @Test
    void linkedLauncher_findsItsCheckout() throws Exception {
        jdk("good", "25.0.1");
        maven("3.9.9");
        Path link = Files.createSymbolicLink(temporary.resolve("link"), checkout.resolve("siskin"));

        assertThat(start(link, "status").out()).contains("[-Dsiskin.home=" + checkout.toRealPath() + "]");
    }

    @Test
    void builtCheckout_isNotBuiltAgainUntilASourceChanges() throws Exception {
        jdk("good", "25.0.1");
        maven("3.9.9");
        Path calls = checkout.resolve("maven-calls");

        assertThat(launch("status").err()).contains("siskin: building with JDK 25.0.1");
        assertThat(launch("status").err()).doesNotContain("building");
        assertThat(Files.readAllLines(calls)).hasSize(1);

        Files.setLastModifiedTime(
                checkout.resolve("indexer/src/main/java/Source.java"),
                FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(launch("status").err()).contains("building");
        assertThat(Files.readAllLines(calls)).hasSize(2);
    }

    @Test
    void failedBuild_showsTheErrorsAndTheLog() throws Exception {
        jdk("good", "25.0.1");
        maven("3.9.9");
        Files.writeString(checkout.resolve("break-the-build"), "");

        Run run = launch("status");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("[ERROR] cannot find symbol")
                .contains("the build failed; the whole log: "
                        + checkout.toRealPath().resolve(".siskin/build/build.log"));
        assertThat(checkout.resolve(".siskin/build/lock")).doesNotExist();
    }

    @Test
    void twoAtOnce_buildOnce() throws Exception {
        jdk("good", "25.0.1");
        maven("3.9.9");
        Files.writeString(checkout.resolve("slow-build"), "");

        Process first = process(checkout.resolve("siskin"), "status");
        Process second = process(checkout.resolve("siskin"), "status");

        assertThat(first.waitFor()).isZero();
        assertThat(second.waitFor()).isZero();
        assertThat(Files.readAllLines(checkout.resolve("maven-calls"))).hasSize(1);
    }

    @Test
    void lockOfADeadBuild_isBroken() throws Exception {
        jdk("good", "25.0.1");
        maven("3.9.9");
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Path lock = Files.createDirectories(checkout.resolve(".siskin/build/lock"));
        Files.writeString(lock.resolve("pid"), dead.pid() + "\n");

        assertThat(launch("status").status()).isZero();
    }

    @Test
    void help_needsNeitherJavaNorMaven() throws Exception {
        Run run = launch("--help");

        assertThat(run.status()).isZero();
        var commands = new ArrayList<>(
                Siskin.commandLine(Invocations.here()).getSubcommands().keySet());
        commands.remove("help");
        assertThat(run.out()).contains(commands).contains("build", "test");
    }

    @Test
    void testCommand_addsUpTheReportsAndKeepsTheStatus() throws Exception {
        jdk("good", "25.0.1");
        maven("3.9.9");

        Run passed = launch("test");
        assertThat(passed.status()).isZero();
        assertThat(passed.out().lines().toList().getLast()).isEqualTo("9 passed, 0 failed, 2 skipped");
        assertThat(Files.readString(checkout.resolve("maven-calls"))).contains("-B -ntp verify");

        Files.writeString(checkout.resolve("fail-a-test"), "");
        Run failed = launch("test", "-pl", "cli");
        assertThat(failed.status()).isEqualTo(7);
        assertThat(failed.out().lines().toList().getLast()).isEqualTo("7 passed, 2 failed, 2 skipped");
        assertThat(Files.readString(checkout.resolve("maven-calls"))).contains("-B -ntp verify -pl cli");
    }

    private record Run(int status, String out, String err) {}

    private Run launch(String... arguments) throws IOException, InterruptedException {
        return start(checkout.resolve("siskin"), arguments);
    }

    private Run start(Path launcher, String... arguments) throws IOException, InterruptedException {
        Process process = process(launcher, arguments);
        int status = process.waitFor();
        return new Run(
                status,
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    private Process process(Path launcher, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(temporary.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** A JDK whose java prints its arguments, one in brackets after the other. */
    private Path jdk(String name, String version) throws IOException {
        Path home = Files.createDirectories(jdks.resolve(name));
        Path bin = Files.createDirectories(home.resolve("bin"));
        executable(bin.resolve("java"), "printf '[%s]' \"$@\"; echo");
        executable(bin.resolve("javac"), "exit 1");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"test\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    /** A Maven that notes how it was called and makes what a build makes. */
    private void maven(String version) throws IOException {
        executable(programs.resolve("mvn"), """
                if [ "$1" = -v ]; then printf '\\033[1mApache Maven %s\\033[m (abc)\\n'; exit 0; fi
                echo "$* JAVA_HOME=$JAVA_HOME" >>maven-calls
                [ ! -f slow-build ] || sleep 1
                if [ -f break-the-build ]; then echo '[ERROR] cannot find symbol'; exit 1; fi
                for module in retrieval-service inference-service indexer cli; do mkdir -p "$module/target/app/lib"; done
                mkdir -p cli/target/surefire-reports shared/target/surefire-reports
                failed=0; [ ! -f fail-a-test ] || failed=1
                printf '<?xml version="1.0"?>\\n<testsuite xmlns:x="y" name="a" time="0.1"\\n  tests="8" errors="%%s" skipped="1" failures="%%s">\\n<testcase name="errors" time="3"/></testsuite>\\n' $failed $failed >cli/target/surefire-reports/TEST-a.xml
                printf '<testsuite name="b" tests="3" errors="0" skipped="1" failures="0"></testsuite>\\n' >shared/target/surefire-reports/TEST-b.xml
                [ ! -f fail-a-test ] || exit 7
                """.formatted(version));
    }

    private static void executable(Path file, @org.jspecify.annotations.Nullable String script) throws IOException {
        if (script != null) {
            Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
