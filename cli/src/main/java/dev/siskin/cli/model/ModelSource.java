package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import dev.siskin.http.ServiceClient;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a model is pulled from.
 *
 * @param base address of the hub, without a slash at its end
 * @param repository its name there: {@code owner/name}
 * @param revision branch, tag or commit
 * @param folder of the repository that holds the model; empty = the repository itself
 */
public record ModelSource(String base, String repository, String revision, String folder) {
    public static final String NEWEST = "main";

    private static final Pattern ADDRESS = Pattern.compile("(https?://[^/?#@]+)(/[^?#]*)");
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

    /**
     * Reads {@code owner/name}, {@code owner/name/folder…} or the address of a model's page.
     *
     * @param base the hub of names, and of addresses that begin with it; other addresses name their own
     * @param revision empty = the one in the address, else {@link #NEWEST}
     * @throws CommandFailure where it is none of these
     */
    public static ModelSource of(String nameOrUrl, URI base, String revision) {
        String hub = withoutSlash(base.toString());
        String name = nameOrUrl;
        if (nameOrUrl.contains("://")) {
            var address = ADDRESS.matcher(nameOrUrl);
            if (!address.matches()) {
                throw notAModel(nameOrUrl);
            }
            boolean ofHub = nameOrUrl.startsWith(hub + "/");
            name = ofHub ? nameOrUrl.substring(hub.length()) : address.group(2);
            hub = ofHub ? hub : address.group(1);
        }
        List<String> parts =
                Stream.of(name.split("/", -1)).filter(part -> !part.isEmpty()).toList();
        if (parts.isEmpty()
                || !parts.stream().allMatch(part -> PART.matcher(part).matches())) {
            throw notAModel(nameOrUrl);
        }
        int owned = Math.min(2, parts.size());
        boolean hasTree = parts.size() >= 4 && parts.get(2).equals("tree");
        return new ModelSource(
                hub,
                String.join("/", parts.subList(0, owned)),
                !revision.isEmpty() ? revision : hasTree ? parts.get(3) : NEWEST,
                String.join("/", parts.subList(hasTree ? 4 : owned, parts.size())));
    }

    private static CommandFailure notAModel(String text) {
        return new CommandFailure(
                "a model is named owner/name, owner/name/folder, or by the address of its page: '%s'".formatted(text));
    }

    /** Where the repository's files are listed. */
    URI listing() {
        return URI.create(
                "%s/api/models/%s/tree/%s?recursive=true".formatted(base, repository, ServiceClient.segment(revision)));
    }

    /** Where one of the model's files is. */
    URI file(String path) {
        String encoded =
                Stream.of(path(path).split("/", -1)).map(ServiceClient::segment).collect(Collectors.joining("/"));
        return URI.create("%s/%s/resolve/%s/%s".formatted(base, repository, ServiceClient.segment(revision), encoded));
    }

    private String path(String file) {
        return folder.isEmpty() ? file : folder + "/" + file;
    }

    /** What the model is called unless the user says otherwise. */
    public String modelName() {
        return ModelFiles.nameFor(folder.isEmpty() ? repository : folder);
    }

    private static String withoutSlash(String address) {
        return address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    }

    @Override
    public String toString() {
        return repository
                + (folder.isEmpty() ? "" : "/" + folder)
                + (revision.equals(NEWEST) ? "" : " (revision " + revision + ")");
    }
}
