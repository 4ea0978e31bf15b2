package dev.siskin.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The proxies whose {@code X-Forwarded-For} is believed. Whoever else sends that header is taken for the client: anybody
 * can write it.
 *
 * @param networks the proxies' addresses
 */
public record TrustedProxies(List<Network> networks) {
    /** Nobody is believed. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    /** Longest chain looked at. */
    private static final int MAX_HOPS = 32;

    public TrustedProxies {
        networks = List.copyOf(networks);
    }

    /**
     * Addresses that begin alike, as CIDR writes them.
     *
     * @param address the first of them
     * @param bits how many bits of it they have in common
     */
    public record Network(InetAddress address, int bits) {
        boolean has(InetAddress other) {
            byte[] mine = address.getAddress();
            byte[] theirs = other.getAddress();
            if (mine.length != theirs.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((mine[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String toString() {
            return address.getHostAddress() + "/" + bits;
        }
    }

    /**
     * Reads addresses and networks, comma-separated: {@code 10.0.0.0/8,fd00::/8,192.0.2.1}; names are not looked up.
     *
     * @throws IllegalArgumentException saying what is allowed
     */
    public static TrustedProxies parse(String text) {
        return new TrustedProxies(Stream.of(text.split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .map(TrustedProxies::network)
                .toList());
    }

    private static Network network(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = address(slash < 0 ? text : text.substring(0, slash));
        if (address.isPresent()) {
            int all = 8 * address.get().getAddress().length;
            String bits = slash < 0 ? Integer.toString(all) : text.substring(slash + 1);
            if (bits.matches("\\d{1,3}") && Integer.parseInt(bits) <= all) {
                return new Network(address.get(), Integer.parseInt(bits));
            }
        }
        throw new IllegalArgumentException("addresses or networks such as 127.0.0.1,10.0.0.0/8,fd00::/8");
    }

    private static Optional<InetAddress> address(String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        try {
            return Optional.of(InetAddress.ofLiteral(bracketed ? text.substring(1, text.length() - 1) : text));
        } catch (IllegalArgumentException noAddress) {
            return Optional.empty();
        }
    }

    /**
     * The address of the client: the last one in the chain that is not a trusted proxy's. What a proxy forwards that is no
     * address ends the chain at that proxy.
     *
     * @param peer address of the connection's other end
     * @param forwardedFor values of the header {@code X-Forwarded-For}, in order
     */
    String client(String peer, List<String> forwardedFor) {
        Optional<InetAddress> known = address(peer);
        if (known.isEmpty() || !trusts(known.get())) {
            return known.map(InetAddress::getHostAddress).orElse(peer);
        }
        InetAddress client = known.get();
        List<String> chain = new ArrayList<>(forwardedFor.stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(String::strip)
                .filter(hop -> !hop.isEmpty())
                .toList());
        Collections.reverse(chain);
        for (String hop : chain.subList(0, Math.min(chain.size(), MAX_HOPS))) {
            Optional<InetAddress> before = address(hop);
            if (before.isEmpty()) {
                break;
            }
            client = before.get();
            if (!trusts(client)) {
                break;
            }
        }
        return client.getHostAddress();
    }

    private boolean trusts(InetAddress address) {
        return networks.stream().anyMatch(network -> network.has(address));
    }

    /** As the setting is written. */
    @Override
    public String toString() {
        return networks.stream().map(Network::toString).collect(Collectors.joining(","));
    }
}
