package dev.siskin.inference.generation.remote;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the data of server-sent events from bytes that come in any pieces (WHATWG HTML, section 9.2). Other fields and
 * comments are passed over. Holds at most {@link #LONGEST} bytes. Not thread-safe.
 */
final class ServerSentEvents {
    /** Most bytes of an event: chat completions send a few hundred. */
    static final int LONGEST = 256 * 1024;

    private static final String DATA = "data";

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final StringBuilder data = new StringBuilder();
    private boolean afterCarriageReturn;

    /**
     * The data of the events that these bytes complete.
     *
     * @throws RemoteFailure where an event is too long
     */
    List<String> add(byte[] bytes) throws RemoteFailure {
        List<String> complete = new ArrayList<>();
        for (byte b : bytes) {
            boolean secondOfLineEnd = b == '\n' && afterCarriageReturn;
            afterCarriageReturn = b == '\r';
            if (secondOfLineEnd) {
                continue;
            }
            if (b == '\n' || b == '\r') {
                endLine(complete);
            } else {
                line.write(b);
                refuseTooLong();
            }
        }
        return complete;
    }

    private void endLine(List<String> complete) throws RemoteFailure {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (text.isEmpty()) {
            if (!data.isEmpty()) {
                complete.add(data.toString());
                data.setLength(0);
            }
            return;
        }
        int colon = text.indexOf(':');
        String field = colon < 0 ? text : text.substring(0, colon);
        if (field.equals(DATA) && colon >= 0) {
            String value = text.substring(colon + 1);
            data.append(data.isEmpty() ? "" : "\n").append(value.startsWith(" ") ? value.substring(1) : value);
            refuseTooLong();
        }
    }

    private void refuseTooLong() throws RemoteFailure {
        if (line.size() + data.length() > LONGEST) {
            throw RemoteFailure.ofEndpoint("sends an event of more than " + LONGEST + " bytes", null);
        }
    }
}
