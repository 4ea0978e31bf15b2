package dev.siskin.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class SignalsTest {
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void action_hasEndedBeforeTheFirstShutdownHookBegins_andKnowsTheExitStatus() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path", ""),
                        Child.class.getName())
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("started, all signals taken: true");

            process.toHandle().destroy(); // leaves the output open

            assertThat(lines.lines()).containsExactly("action begins", "action ends", "hook");
            assertThat(process.waitFor()).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }

    static final class Child {
        private Child() {}

        /** Ends its last thread when the action begins, as a service does that closes its host first. */
        public static void main(String[] arguments) throws InterruptedException {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
            var begun = new CountDownLatch(1);
            boolean taken = Signals.onEnd(status -> {
                System.out.println("action begins");
                begun.countDown();
                pause();
                System.out.println("action ends");
                System.exit(status);
            });
            System.out.println("started, all signals taken: " + taken);
            begun.await();
        }

        /** Time for a hook, or an end of the process, that does not wait. */
        private static void pause() {
            try {
                Thread.sleep(200);
            } catch (InterruptedException impatient) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
