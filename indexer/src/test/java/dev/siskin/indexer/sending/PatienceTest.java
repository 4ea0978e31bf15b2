package dev.siskin.indexer.sending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.indexer.progress.StopSignal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatienceTest {
    private final StopSignal stop = new StopSignal();
    private final List<String> notices = new ArrayList<>();

    /** Fails as a client does whose service is away. */
    private static String away() {
        try (var client = ServiceClient.to(URI.create("http://127.0.0.1:" + portWithoutService()))) {
            return client.getText("/livez", Duration.ofSeconds(5));
        }
    }

    private static int portWithoutService() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void service_thatComesBack_isAskedAgain() throws Exception {
        var patience = new Patience(Duration.ofMinutes(1), stop, notices::add);
        var attempts = new ArrayList<Integer>();

        String answer = patience.call(() -> {
            attempts.add(1);
            return attempts.size() < 2 ? away() : "back";
        });

        assertThat(answer).isEqualTo("back");
        assertThat(notices).hasSize(2).first().asString().contains("cannot be reached", "trying again");
        assertThat(notices.getLast()).isEmpty();
    }

    @Test
    void service_thatStaysAway_isGivenUp() {
        var patience = new Patience(Duration.ofMillis(100), stop, notices::add);

        assertThatThrownBy(() -> patience.call(PatienceTest::away))
                .isInstanceOf(GaveUpException.class)
                .hasMessageContaining("cannot be reached");
    }

    @Test
    void stop_endsAPause() {
        var patience =
                new Patience(Duration.ofHours(1), stop, _ -> stop.request(new StopSignal.Reason("enough", true)));

        assertThatThrownBy(() -> patience.call(PatienceTest::away)).isInstanceOf(GaveUpException.class);
    }

    @Test
    void failure_ofTheCaller_isNotRepeated() {
        var patience = new Patience(Duration.ofHours(1), stop, notices::add);

        assertThatThrownBy(() -> patience.call(() -> {
                    throw new IllegalStateException("bug");
                }))
                .isNotInstanceOf(ServiceUnreachableException.class)
                .hasMessage("bug");
        assertThat(notices).isEmpty();
    }
}
