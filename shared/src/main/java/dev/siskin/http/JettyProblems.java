package dev.siskin.http;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** What Jetty refuses before any route sees it (bad URI, header too large) is a problem too. */
final class JettyProblems extends ErrorHandler {
    private final int maxHeaderBytes;
    private final String setting;
    private final ErrorShapes shapes;

    /** @param setting that raises the size of headers, for the message of a refusal */
    JettyProblems(int maxHeaderBytes, String setting, ErrorShapes shapes) {
        this.maxHeaderBytes = maxHeaderBytes;
        this.setting = setting;
        this.shapes = shapes;
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
        var problem = new ProblemException(
                status,
                tooLarge ? "too-large" : "malformed",
                HttpStatus.getMessage(status),
                detail,
                OptionalLong.empty());
        @Nullable String path = request.getHttpURI().getPath();
        ErrorShape shape = shapes.of(path == null ? "" : path);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, ProblemWriter.mediaType(shape));
        response.getHeaders().put(RequestId.HEADER, requestId);
        response.write(true, ByteBuffer.wrap(ProblemWriter.body(shape, problem, requestId)), callback);
        return true;
    }
}
