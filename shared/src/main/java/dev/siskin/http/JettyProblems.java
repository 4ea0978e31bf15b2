package dev.siskin.http;

import dev.siskin.api.Json;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty refuses before any route sees it (bad URI, header too large) is a problem too. */
final class JettyProblems extends ErrorHandler {
    private final int maxHeaderBytes;
    private final String setting;

    /** @param setting that raises the size of headers, for the message of a refusal */
    JettyProblems(int maxHeaderBytes, String setting) {
        this.maxHeaderBytes = maxHeaderBytes;
        this.setting = setting;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        boolean tooLarge =
                status == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 || status == HttpStatus.URI_TOO_LONG_414;
        String detail = tooLarge
                ? "request line and header may have at most " + maxHeaderBytes + " bytes together: send less, or raise "
                        + setting
                : "the request was refused before it was read: " + HttpStatus.getMessage(status);
        String requestId = RequestId.fresh();
        var problem = new Problem(
                Problem.TYPE_PREFIX + (tooLarge ? "too-large" : "malformed"),
                HttpStatus.getMessage(status),
                status,
                detail,
                requestId);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, ProblemWriter.MEDIA_TYPE);
        response.getHeaders().put(RequestId.HEADER, requestId);
        response.write(true, ByteBuffer.wrap(bytes(problem)), callback);
        return true;
    }

    private static byte[] bytes(Problem problem) {
        try {
            return Json.MAPPER.writeValueAsBytes(problem);
        } catch (com.fasterxml.jackson.core.JsonProcessingException impossible) {
            throw new IllegalStateException("a problem is always writable", impossible);
        }
    }
}
