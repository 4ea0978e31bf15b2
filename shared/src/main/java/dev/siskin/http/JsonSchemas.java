package dev.siskin.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.siskin.api.Filter;
import dev.siskin.api.Json;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON Schema 2020-12 of the wire records, as {@link Json#MAPPER} reads and writes them: names and enum values
 * are asked of the mapper, nullability is the {@link Nullable} of the component's type. What may be null may be
 * left out. Records and enums become components, referred to by name. For one document; not thread-safe.
 */
final class JsonSchemas {
    private static final String REFERENCE = "#/components/schemas/";

    private final Map<String, ObjectNode> components = new TreeMap<>();
    private final Map<String, Class<?>> named = new TreeMap<>();

    /** The components that the schemas handed out refer to. */
    Map<String, ObjectNode> components() {
        return components;
    }

    /**
     * The schema of a value: in place for scalars, a reference for records, enums and filters.
     *
     * @throws IllegalStateException where the type is none that goes over the wire
     */
    ObjectNode of(Class<?> type) {
        if (type == String.class) {
            return typed("string");
        }
        if (type == boolean.class || type == Boolean.class) {
            return typed("boolean");
        }
        if (type == int.class || type == Integer.class) {
            return typed("integer").put("format", "int32");
        }
        if (type == long.class || type == Long.class) {
            return typed("integer").put("format", "int64");
        }
        if (type == double.class || type == Double.class) {
            return typed("number").put("format", "double");
        }
        if (type == Instant.class) {
            return typed("string").put("format", "date-time");
        }
        if (type == float[].class) {
            return vector();
        }
        if (type == Object.class || JsonNode.class.isAssignableFrom(type)) {
            return object();
        }
        if (type == Filter.class || type.isRecord() || type.isEnum()) {
            return reference(type);
        }
        throw new IllegalStateException("no JSON schema is known for " + type.getName());
    }

    /** An object with a value of this type for each name. */
    ObjectNode byName(Class<?> type) {
        return byName(of(type));
    }

    /** A value that fits one of these. */
    ObjectNode anyOf(List<Class<?>> types) {
        ObjectNode schema = object();
        types.forEach(type -> schema.withArray("anyOf").add(of(type)));
        return schema;
    }

    private ObjectNode of(AnnotatedType type) {
        ObjectNode schema = switch (type) {
            case AnnotatedParameterizedType generic -> container(generic);
            case AnnotatedArrayType array -> of((Class<?>) array.getType());
            default -> of((Class<?>) type.getType());
        };
        return type.isAnnotationPresent(Nullable.class) ? orNull(schema) : schema;
    }

    private ObjectNode container(AnnotatedParameterizedType generic) {
        Class<?> raw = Json.MAPPER.constructType(generic.getType()).getRawClass();
        AnnotatedType[] arguments = generic.getAnnotatedActualTypeArguments();
        if (Collection.class.isAssignableFrom(raw)) {
            return typed("array").set("items", of(arguments[0]));
        }
        if (Map.class.isAssignableFrom(raw)) {
            return byName(of(arguments[1]));
        }
        throw new IllegalStateException("no JSON schema is known for " + generic.getType());
    }

    private ObjectNode reference(Class<?> type) {
        String name = nameOf(type);
        Class<?> other = named.putIfAbsent(name, type);
        if (other != null && other != type) {
            throw new IllegalStateException("two schemas would be named " + name + ": " + other + " and " + type);
        }
        if (other == null) {
            components.put(name, component(type));
        }
        return object().put("$ref", REFERENCE + name);
    }

    /** {@code SearchResponse.Timings}: nested records repeat their short names. */
    private static String nameOf(Class<?> type) {
        String qualified = String.valueOf(type.getCanonicalName());
        return qualified.substring(type.getPackageName().length() + 1);
    }

    private ObjectNode component(Class<?> type) {
        if (type == Filter.class) {
            return FilterSchema.of(REFERENCE + nameOf(type));
        }
        if (type.isEnum()) {
            ObjectNode schema = typed("string");
            for (Object constant : type.getEnumConstants()) {
                schema.withArray("enum").add(Json.MAPPER.<JsonNode>valueToTree(constant));
            }
            return schema;
        }
        return record(type);
    }

    private ObjectNode record(Class<?> type) {
        ObjectNode schema = typed("object");
        ObjectNode properties = schema.putObject("properties");
        List<BeanPropertyDefinition> members = Json.MAPPER
                .getSerializationConfig()
                .introspect(Json.MAPPER.constructType(type))
                .findProperties();
        for (BeanPropertyDefinition member : members) {
            AnnotatedType memberType = typeOf(member.getAccessor());
            properties.set(member.getName(), of(memberType));
            if (!memberType.isAnnotationPresent(Nullable.class)) {
                schema.withArray("required").add(member.getName());
            }
        }
        return schema;
    }

    private static AnnotatedType typeOf(AnnotatedMember accessor) {
        AnnotatedElement element = accessor.getAnnotated();
        return switch (element) {
            case Method method -> method.getAnnotatedReturnType();
            case Field field -> field.getAnnotatedType();
            default -> throw new IllegalStateException("not readable: " + element);
        };
    }

    private static ObjectNode orNull(ObjectNode schema) {
        if (schema.isEmpty()) {
            return schema;
        }
        if (schema.path("type").isTextual()) {
            String type = schema.path("type").textValue();
            schema.putArray("type").add(type).add("null");
            return schema;
        }
        ObjectNode either = object();
        either.putArray("anyOf").add(schema).add(typed("null"));
        return either;
    }

    /** {@link dev.siskin.api.Chunk#vector} tells both forms. */
    private static ObjectNode vector() {
        ObjectNode array = typed("array");
        array.putObject("items").put("type", "number").put("format", "float");
        ObjectNode packed = typed("string")
                .put("contentEncoding", "base64")
                .put("description", "little-endian float32 values, one after another");
        ObjectNode schema = object();
        schema.putArray("anyOf").add(array).add(packed);
        return schema;
    }

    private static ObjectNode byName(ObjectNode values) {
        return typed("object").set("additionalProperties", values);
    }

    private static ObjectNode typed(String type) {
        return object().put("type", type);
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
