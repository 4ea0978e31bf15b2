package dev.siskin.retrieval.http;

import dev.siskin.api.RestoreSummary;
import dev.siskin.api.SnapshotInfo;
import dev.siskin.api.SnapshotList;
import dev.siskin.auth.ApiKey;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.http.RouteDoc;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.DiskReserve;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.snapshot.Restore;
import dev.siskin.retrieval.snapshot.Snapshots;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/collections/{name}/snapshots} and {@code …/restore}: for keys of scope {@code admin}, which name the tenant
 * in the query where it is not their own.
 */
public final class SnapshotRoutes {
    /** Snapshots and restores that may wait for the one under way. */
    public static final int MOST_WAITING = 16;

    private static final String SNAPSHOTS = "/v1/collections/{name}/snapshots";
    private static final String TENANT = "tenant";
    private static final String TENANT_MEANING = "Whose collection it is; the key's own tenant by default.";

    /** A tar's headers beside the files themselves, the largest manifest included. */
    private static final long TAR_OVERHEAD_BYTES = 32L << 20;

    private final Collections collections;
    private final Snapshots snapshots;
    private final DiskReserve disk;
    private final WorkPool pool;
    private final long maxRestoreBytes;
    private final Semaphore restoring = new Semaphore(1);

    /**
     * @param pool of one thread, so that one snapshot is made or put in place at a time
     * @param maxRestoreBytes that a restored snapshot may have
     */
    public SnapshotRoutes(
            Collections collections, Snapshots snapshots, DiskReserve disk, WorkPool pool, long maxRestoreBytes) {
        this.collections = collections;
        this.snapshots = snapshots;
        this.disk = disk;
        this.pool = pool;
        this.maxRestoreBytes = maxRestoreBytes;
    }

    /** Adds the routes. */
    public void install(HttpHost.Builder host) {
        host.post(SNAPSHOTS, Scope.ADMIN, Problems.explained(this::create))
                .describe(RouteDoc.of("Makes a snapshot of a collection, which goes on being written to")
                        .query(TENANT, String.class, TENANT_MEANING)
                        .answers(201, SnapshotInfo.class));
        host.get(SNAPSHOTS, Scope.ADMIN, Problems.explained(this::list))
                .describe(RouteDoc.of("Lists the snapshots of a collection, oldest first; they outlive it")
                        .query(TENANT, String.class, TENANT_MEANING)
                        .answers(SnapshotList.class));
        host.get(SNAPSHOTS + "/{id}", Scope.ADMIN, Problems.explained(this::download))
                .describe(RouteDoc.of("Sends a snapshot as a tar")
                        .query(TENANT, String.class, TENANT_MEANING)
                        .answersText(ContentKind.TAR.mediaType()));
        host.delete(SNAPSHOTS + "/{id}", Scope.ADMIN, Problems.explained(this::delete))
                .describe(RouteDoc.of("Deletes a snapshot")
                        .query(TENANT, String.class, TENANT_MEANING)
                        .answersNothing());
        host.post(
                        "/v1/collections/{name}/restore",
                        Scope.ADMIN,
                        maxRestoreBytes + Math.min(TAR_OVERHEAD_BYTES, Long.MAX_VALUE - maxRestoreBytes),
                        ContentKind.TAR,
                        Problems.explained(this::restore))
                .describe(RouteDoc.of("Creates a collection from a snapshot's tar (201), or replaces it whole (200)")
                        .query(TENANT, String.class, TENANT_MEANING)
                        .answers(201, RestoreSummary.class)
                        .answers(RestoreSummary.class));
    }

    private void create(Context context, Caller caller) {
        CollectionKey key = key(context, caller);
        context.status(HttpStatus.CREATED).json(pool.run(() -> snapshots.create(key)));
    }

    private void list(Context context, Caller caller) {
        CollectionKey key = key(context, caller);
        List<SnapshotInfo> there = pool.run(() -> snapshots.list(key))
                .orElseThrow(() ->
                        Problem.notFound("there is no collection '%s' and no snapshot of it".formatted(key.name())));
        context.json(new SnapshotList(there));
    }

    private void download(Context context, Caller caller) throws IOException {
        CollectionKey key = key(context, caller);
        String id = context.pathParam("id");
        Snapshots.Download snapshot = snapshots.find(key, id).orElseThrow(() -> missing(key, id));
        context.contentType(ContentKind.TAR.mediaType())
                .header("Content-Length", Long.toString(snapshot.tarBytes()))
                .header("Content-Disposition", "attachment; filename=\"%s-%s.tar\"".formatted(key.name(), id));
        snapshots.send(snapshot, context.outputStream());
    }

    private void delete(Context context, Caller caller) {
        CollectionKey key = key(context, caller);
        String id = context.pathParam("id");
        if (!pool.run(() -> snapshots.delete(key, id))) {
            throw missing(key, id);
        }
        context.status(HttpStatus.NO_CONTENT);
    }

    private void restore(Context context, Caller caller) throws IOException {
        CollectionKey key = key(context, caller);
        if (!restoring.tryAcquire()) {
            throw new RetrievalException(
                    RetrievalException.Kind.UNAVAILABLE, "another restore is under way; try again when it is done");
        }
        try (Restore restore = Restore.begin(collections, key, disk)) {
            try (InputStream body = JsonBody.stream(context)) {
                restore.receive(body, maxRestoreBytes);
            }
            RestoreSummary summary = pool.run(restore::takePlace);
            context.status(summary.created() ? HttpStatus.CREATED : HttpStatus.OK)
                    .json(summary);
        } finally {
            restoring.release();
        }
    }

    /** The collection that a request names, of the tenant that it names. */
    private static CollectionKey key(Context context, Caller caller) {
        @Nullable String tenant = context.queryParam(TENANT);
        if (tenant == null || tenant.equals(caller.tenant())) {
            return CollectionRoutes.key(context, caller);
        }
        if (caller.keyId().equals(Caller.OPEN.keyId())) {
            throw Problem.forbidden(
                    "without keys there is one tenant, %s; leave tenant out".formatted(caller.tenant()));
        }
        try {
            ApiKey.requireName(TENANT, tenant);
        } catch (IllegalArgumentException invalid) {
            throw Problem.badRequest(String.valueOf(invalid.getMessage()));
        }
        return CollectionRoutes.key(context, caller.as(tenant));
    }

    private static ProblemException missing(CollectionKey key, String id) {
        return Problem.notFound("there is no snapshot '%s' of collection '%s'".formatted(id, key.name()));
    }
}
