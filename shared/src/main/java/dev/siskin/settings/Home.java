package dev.siskin.settings;

import java.nio.file.Path;

/** The folder Siskin lies in, a checkout or one laid out like it: what was built, and by default the data, are below it. */
public final class Home {
    /** System property that the launcher and the container images set. */
    public static final String PROPERTY = "siskin.home";

    private Home() {}

    /** The folder of the system property; the working directory where it is not set. */
    public static Path folder() {
        return Path.of(System.getProperty(PROPERTY, ""));
    }

    /** Where data is kept unless the user says otherwise. */
    public static Path data(Path home) {
        return home.resolve(".siskin");
    }
}
