package dev.siskin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
    private static final TrustedProxies PROXIES = TrustedProxies.parse("127.0.0.1, 10.0.0.0/9,fd00::/8");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // whoever is no proxy is the client, whatever it writes
                "192.0.2.7    | 198.51.100.1                    | 192.0.2.7",
                "10.128.0.1   | 198.51.100.1                    | 10.128.0.1",
                // the last that is no proxy; what stands before it the client may have written itself
                "127.0.0.1    | 198.51.100.1                    | 198.51.100.1",
                "127.0.0.1    | 203.0.113.9, 198.51.100.1       | 198.51.100.1",
                "127.0.0.1    | 198.51.100.1, 10.127.255.255    | 198.51.100.1",
                "10.1.2.3     | 2001:db8::1, fd00::7            | 2001:db8:0:0:0:0:0:1",
                "[fd00::1]    | 198.51.100.1                    | 198.51.100.1",
                "127.0.0.1    | 10.0.0.1, 10.0.0.2              | 10.0.0.1",
                // the same client however it is written
                "::ffff:127.0.0.1 | ::ffff:198.51.100.1         | 198.51.100.1",
                // what is no address ends the chain, an empty place counts for nothing
                "127.0.0.1    | unknown                         | 127.0.0.1",
                "127.0.0.1    | 198.51.100.1, localhost         | 127.0.0.1",
                "127.0.0.1    | 198.51.100.1, ,                 | 198.51.100.1",
                "127.0.0.1    | 010.0.0.0x1                     | 127.0.0.1",
            })
    void client_isTheLastThatIsNoProxy(String peer, String forwarded, String client) {
        assertThat(PROXIES.client(peer, List.of(forwarded))).isEqualTo(client);
    }

    @Test
    void client_severalHeaders_areOneChain() {
        assertThat(PROXIES.client("127.0.0.1", List.of("203.0.113.9", "198.51.100.1", "10.0.0.1")))
                .isEqualTo("198.51.100.1");
        assertThat(PROXIES.client("127.0.0.1", List.of())).isEqualTo("127.0.0.1");
    }

    @Test
    void client_longChain_isLookedAtForSoFar() {
        assertThat(PROXIES.client("127.0.0.1", Collections.nCopies(5_000, "10.0.0.1")))
                .isEqualTo("10.0.0.1");
    }

    @Test
    void none_nobodyIsBelieved() {
        assertThat(TrustedProxies.NONE.client("127.0.0.1", List.of("198.51.100.1")))
                .isEqualTo("127.0.0.1");
        assertThat(TrustedProxies.parse(" ")).isEqualTo(TrustedProxies.NONE);
        assertThat(TrustedProxies.parse("0.0.0.0/0").client("192.0.2.7", List.of("198.51.100.1")))
                .isEqualTo("198.51.100.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0.0/8 10.0.0.1"})
    void parse_whatIsNoAddress_isRefused(String text) {
        assertThatThrownBy(() -> TrustedProxies.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10.0.0.0/8");
    }

    @Test
    void toString_isWhatParseReads() {
        assertThat(TrustedProxies.parse(PROXIES.toString())).isEqualTo(PROXIES);
    }
}
