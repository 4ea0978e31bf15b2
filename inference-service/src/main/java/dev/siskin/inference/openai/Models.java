package dev.siskin.inference.openai;

import java.util.List;

/**
 * The models of a caller, as OpenAI's clients read them.
 *
 * @param object always {@code list}
 */
record Models(String object, List<Model> data) {
    Models(List<Model> data) {
        this("list", data);
    }

    /**
     * A model.
     *
     * @param id {@code siskin/<collection>} or {@code siskin/<collection>:<route>}
     * @param object always {@code model}
     * @param created seconds since 1970; when this service started, for its clients want one
     */
    record Model(String id, String object, long created, String ownedBy) {
        Model(String id, long created) {
            this(id, "model", created, "siskin");
        }
    }
}
