package dev.siskin.inference.generation.remote;

import dev.siskin.inference.accounting.TokenPrice;
import dev.siskin.settings.Setting;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An endpoint that speaks OpenAI's chat completions, and how it is used.
 *
 * @param url that {@code /chat/completions} comes behind
 * @param key sent as a bearer token; empty = none
 * @param timeout of a whole answer
 * @param idleTimeout after which an answer that has begun and does not go on is given up
 * @param slots answers it makes at once
 * @param promptTokens estimated tokens of passages that a prompt may have
 * @param price of its tokens
 */
public record RemoteSettings(
        URI url,
        String key,
        String model,
        Duration timeout,
        Duration idleTimeout,
        int slots,
        int promptTokens,
        TokenPrice price) {

    /** The settings of one tier's endpoint. */
    public record Declared(
            Setting<URI> url,
            Setting<String> key,
            Setting<String> model,
            Setting<Duration> timeout,
            Setting<Duration> idleTimeout,
            Setting<Integer> slots,
            Setting<Integer> promptTokens,
            Setting<Double> inputPrice,
            Setting<Double> outputPrice) {
        /** All of them, for the table of settings. */
        public List<Setting<?>> all() {
            return List.of(url, key, model, timeout, idleTimeout, slots, promptTokens, inputPrice, outputPrice);
        }

        /**
         * The values in force; empty where no endpoint is named.
         *
         * @throws SettingException where they do not go together; a secret among them is not quoted
         */
        public Optional<RemoteSettings> read(Settings settings) {
            URI address = settings.get(url);
            if (address.toString().isEmpty()) {
                return Optional.empty();
            }
            if (address.getRawUserInfo() != null || address.getRawQuery() != null || address.getRawFragment() != null) {
                throw new SettingException(
                        url.env() + " must end with its path and name no user: keys go into " + key.env());
            }
            String modelName = settings.get(model).strip();
            if (modelName.isEmpty()) {
                throw new SettingException(
                        model.env() + " must name the model, as " + url.env() + " names an endpoint");
            }
            String secret = settings.get(key).strip();
            if (!secret.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
                throw new SettingException(
                        key.env() + " must be visible ASCII characters without spaces: value=(secret)");
            }
            return Optional.of(new RemoteSettings(
                    address,
                    secret,
                    modelName,
                    settings.get(timeout),
                    settings.get(idleTimeout),
                    settings.get(slots),
                    settings.get(promptTokens),
                    new TokenPrice(settings.get(inputPrice), settings.get(outputPrice))));
        }
    }

    /** Declares the settings under {@code inference.<tier>.remote.…}. */
    public static Declared declare(String tier) {
        String prefix = "inference." + tier + ".remote.";
        return new Declared(
                address(
                        prefix + "url",
                        "Address of an OpenAI-compatible endpoint for tier " + tier
                                + ", without /chat/completions, such as https://api.example.com/v1; empty = no such tier."),
                Setting.secret(prefix + "key", "Key for that endpoint; empty = none is sent."),
                Setting.text(prefix + "model", "", "Name of the model there."),
                Setting.duration(
                        prefix + "timeout",
                        Duration.ofSeconds(20),
                        "A whole answer that takes longer has failed; a lower tier stands in."),
                Setting.duration(
                        prefix + "idle.timeout",
                        Duration.ofSeconds(10),
                        "An answer that has begun and stands still for so long has failed."),
                Setting.integer(prefix + "slots", 8, 1, 1_000, "Answers asked of the endpoint at once; others wait."),
                Setting.integer(
                        prefix + "max.prompt.tokens",
                        3_000,
                        100,
                        100_000,
                        "Estimated tokens of passages sent for one answer."),
                Setting.decimal(
                        prefix + "price.per.million.input.tokens",
                        0,
                        0,
                        100_000,
                        "US dollars a million tokens sent cost; part of the cost an answer reports."),
                Setting.decimal(
                        prefix + "price.per.million.output.tokens",
                        0,
                        0,
                        100_000,
                        "US dollars a million tokens written cost."));
    }

    private static Setting<URI> address(String name, String meaning) {
        Setting<URI> filled = Setting.address(name, "", meaning);
        return new Setting<>(
                name,
                filled.defaultValue(),
                text -> text.isBlank() ? filled.defaultValue() : filled.parser().apply(text),
                meaning,
                false);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return model + " at " + url;
    }
}
