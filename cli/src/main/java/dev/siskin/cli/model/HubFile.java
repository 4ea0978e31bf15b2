package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A file that a hub lists.
 *
 * @param path seen from the model's folder, {@code /} between its parts; leads nowhere else
 */
record HubFile(String path, long bytes, Checksum checksum) {
    private static final int LONGEST_PATH = 500;
    private static final Pattern PART = Pattern.compile("[^/\\\\\\p{Cntrl}]{1,255}");

    /** @throws CommandFailure where the path would lead out of the folder it is written to */
    HubFile {
        boolean safe = path.length() <= LONGEST_PATH
                && List.of(path.split("/", -1)).stream()
                        .allMatch(part -> PART.matcher(part).matches() && !part.equals(".") && !part.equals(".."));
        if (!safe) {
            throw new CommandFailure("the hub lists a file that leads out of the model's folder: '" + path + "'");
        }
        if (bytes < 0) {
            throw new CommandFailure("the hub lists a file of " + bytes + " bytes: " + path);
        }
    }

    /** The same file seen from a folder that it lies in. */
    HubFile seenFrom(String folder) {
        return folder.isEmpty() ? this : new HubFile(path.substring(folder.length() + 1), bytes, checksum);
    }
}
