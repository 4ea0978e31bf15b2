package dev.siskin.settings;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The effective settings of a process: the default in the code, overridden by the file that
 * {@code SISKIN_CONFIG} names (Java properties), overridden by the environment. Secrets may come from a file of
 * their own, which {@code <variable>_FILE} names.
 */
public final class Settings {
    /** Names the settings file. */
    public static final String FILE_ENV = "SISKIN_CONFIG";

    private final Map<String, String> file;
    private final Map<String, String> environment;
    private final String fileName;

    private Settings(Map<String, String> file, Map<String, String> environment, String fileName) {
        this.file = Map.copyOf(file);
        this.environment = Map.copyOf(environment);
        this.fileName = fileName;
    }

    /**
     * Reads the file that the environment names, if any.
     *
     * @throws SettingException where the file cannot be read
     */
    public static Settings load(Map<String, String> environment) {
        String fileName = environment.getOrDefault(FILE_ENV, "");
        if (fileName.isEmpty()) {
            return new Settings(Map.of(), environment, "");
        }
        var properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(fileName), StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new SettingException(
                    FILE_ENV + " names a file that cannot be read: " + fileName + " (" + unreadable.getMessage() + ")");
        }
        Map<String, String> values = properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, properties::getProperty));
        return new Settings(values, environment, fileName);
    }

    /** Settings given by name, everything else by default: for tests and embedders. */
    public static Settings of(Map<String, String> values) {
        return new Settings(values, Map.of(), "given values");
    }

    /**
     * The value in force.
     *
     * @throws SettingException where the text given is not allowed, naming the place it was given
     */
    public <T> T get(Setting<T> setting) {
        @Nullable String fromEnvironment = fromEnvironment(setting);
        @Nullable String text = fromEnvironment != null ? fromEnvironment : file.get(setting.name());
        if (text == null) {
            return setting.defaultValue();
        }
        try {
            return setting.parser().apply(text);
        } catch (IllegalArgumentException invalid) {
            String place = fromEnvironment != null ? setting.env() : setting.name() + " in " + fileName;
            throw new SettingException(
                    place + " must be " + invalid.getMessage() + ": value=" + (setting.secret() ? "(secret)" : text));
        }
    }

    /** A secret may also stand in a file that {@code <name>_FILE} names, as containers hand secrets over. */
    private @Nullable String fromEnvironment(Setting<?> setting) {
        @Nullable String secretFile = setting.secret() ? environment.get(setting.env() + "_FILE") : null;
        if (secretFile == null || secretFile.isEmpty()) {
            return environment.get(setting.env());
        }
        try {
            return Files.readString(Path.of(secretFile)).strip();
        } catch (IOException unreadable) {
            throw new SettingException(
                    setting.env() + "_FILE names a file that cannot be read: " + unreadable.getMessage());
        }
    }

    /** Whether the environment or the file gives this setting a value. */
    public boolean isSet(Setting<?> setting) {
        return environment.containsKey(setting.env()) || file.containsKey(setting.name());
    }

    /**
     * Refuses a file that names a setting nobody knows: a misspelt limit is no limit.
     *
     * @param known settings of all processes, since they may share the file
     * @param ownPrefixes first parts of the names this process owns; names of other processes are left alone
     * @throws SettingException naming the unknown one
     */
    public void refuseUnknown(Collection<Setting<?>> known, Set<String> ownPrefixes) {
        Set<String> names = known.stream().map(Setting::name).collect(Collectors.toCollection(TreeSet::new));
        for (String name : new TreeSet<>(file.keySet())) {
            String prefix = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
            if (ownPrefixes.contains(prefix) && !names.contains(name)) {
                throw new SettingException("unknown setting '" + name + "' in " + fileName + "; known: "
                        + names.stream().filter(own -> own.startsWith(prefix)).collect(Collectors.joining(", ")));
            }
        }
    }

    private <T> String written(Setting<T> setting) {
        return setting.write(get(setting));
    }

    /** One line a setting, {@code name=value}, secrets masked; for the log at start. */
    public String describe(List<Setting<?>> settings) {
        var lines = new HashMap<String, String>();
        for (Setting<?> setting : settings) {
            String value = written(setting);
            lines.put(setting.name(), setting.secret() && !value.isEmpty() ? "***" : value);
        }
        return lines.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(line -> line.getKey() + "=" + line.getValue())
                .collect(Collectors.joining(", "));
    }
}
