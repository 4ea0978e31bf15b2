package dev.siskin.inference.gateway;

import dev.siskin.api.GeneratorList;
import dev.siskin.api.GeneratorRequest;
import dev.siskin.api.GeneratorStatus;
import dev.siskin.api.GeneratorStatus.Runs;
import dev.siskin.api.Tier;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.HttpHost;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.RouteDoc;
import dev.siskin.inference.answering.GenerationTier;
import dev.siskin.inference.generation.local.UnknownModelException;
import dev.siskin.inference.generation.local.UnusableModelException;
import dev.siskin.inference.models.ChangeRefusedException;
import dev.siskin.inference.models.LocalTier;
import dev.siskin.settings.NamedFolders;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code GET /v1/generators} and {@code PUT /v1/generators/{tier}}. */
public final class GeneratorRoutes {
    private static final long MAX_BODY_BYTES = 4 * 1024;
    private static final Pattern GRAPH = Pattern.compile("(onnx/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\\.onnx");

    private final List<GenerationTier> tiers;
    private final List<LocalTier> local;

    /**
     * @param tiers all, highest first
     * @param local those of them whose model runs in this process
     */
    public GeneratorRoutes(List<GenerationTier> tiers, List<LocalTier> local) {
        this.tiers = tiers;
        this.local = local;
    }

    /** Adds the routes. */
    public void install(HttpHost.Builder host) {
        host.get("/v1/generators", Scope.ADMIN, this::list)
                .describe(RouteDoc.of("What writes the answers of each tier").answers(GeneratorList.class));
        host.put("/v1/generators/{tier}", Scope.ADMIN, MAX_BODY_BYTES, this::use)
                .describe(RouteDoc.of(
                                "Replaces the model of a tier while it answers, until the next start; GET shows the end")
                        .reads(GeneratorRequest.class)
                        .answers(202, GeneratorStatus.class)
                        .fails(404, 409, 422));
    }

    private void list(Context context, Caller caller) {
        context.json(new GeneratorList(tiers.stream().map(this::status).toList()));
    }

    private GeneratorStatus status(GenerationTier tier) {
        return local(tier).map(LocalTier::status).orElseGet(() -> {
            Runs runs = tier.isElsewhere() ? Runs.REMOTE : Runs.BUILT_IN;
            return new GeneratorStatus(tier.tier(), runs, tier.plan().model(), null, null, null, null);
        });
    }

    private Optional<LocalTier> local(GenerationTier tier) {
        return local.stream().filter(one -> one.tier() == tier).findFirst();
    }

    private void use(Context context, Caller caller) {
        GenerationTier tier = tier(context.pathParam("tier"));
        GeneratorRequest request = JsonBody.read(context, GeneratorRequest.class);
        String model = request.model();
        if (model == null || !NamedFolders.isName(model)) {
            throw Problem.badRequest("model must be the name of a model, %s: model=%s; ./siskin model list shows them"
                    .formatted(NamedFolders.ALLOWED, model));
        }
        LocalTier changed = local(tier)
                .orElseThrow(() -> Problem.unprocessable(
                        "tier %s has no model in this process that could be replaced".formatted(name(tier.tier()))));
        try {
            context.status(HttpStatus.ACCEPTED).json(changed.use(model, file(request)));
        } catch (UnknownModelException unknown) {
            throw Problem.notFound(String.valueOf(unknown.getMessage()));
        } catch (UnusableModelException unusable) {
            throw Problem.unprocessable(String.valueOf(unusable.getMessage()));
        } catch (ChangeRefusedException refused) {
            throw Problem.conflict(String.valueOf(refused.getMessage()));
        }
    }

    /** Within the model's folder, whatever is asked. */
    private static String file(GeneratorRequest request) {
        String file = request.file();
        if (file != null && !GRAPH.matcher(file).matches()) {
            throw Problem.badRequest(
                    "file must be a graph of the model's folder, such as onnx/model_int8.onnx: file=" + file);
        }
        return file == null ? "" : file;
    }

    private GenerationTier tier(String name) {
        return tiers.stream()
                .filter(tier -> name(tier.tier()).equals(name))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("this server runs no tier '%s'; it runs %s"
                        .formatted(
                                name,
                                tiers.stream().map(tier -> name(tier.tier())).toList())));
    }

    private static String name(Tier tier) {
        return tier.name().toLowerCase(Locale.ROOT);
    }
}
