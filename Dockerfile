# One file, four images: the two services, the indexer and the commands. Builds with BuildKit and without.
# The base images are build arguments, so that a mirror or an image of your own can take their place: the one with a
# JDK 25 and Maven, the other with a Java 25, bash and glibc.
ARG BUILD_IMAGE=maven:3-eclipse-temurin-25
ARG RUNTIME_IMAGE=eclipse-temurin:25-jre

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED" \
    mvn -B -ntp -q -Dmaven.test.skip -Dspotless.check.skip package
# Two jars carry native libraries of every platform. Those of this one lie unpacked in shared/target/native.
RUN set -e; \
    for jar in "$PWD"/*/target/app/lib/onnxruntime-*.jar "$PWD"/*/target/app/lib/tokenizers-*.jar; do \
        mkdir /tmp/jar; cd /tmp/jar; jar -xf "$jar"; \
        rm -r ai/onnxruntime/native 2>/dev/null || rm -r native/lib/*/; \
        jar -cfM "$jar" .; cd /src; rm -r /tmp/jar; \
    done

FROM ${RUNTIME_IMAGE} AS runtime
# volumes take the owner of the folders they are first mounted on
RUN mkdir -p /data /keys /scratch /secrets/inference /secrets/indexer /secrets/clients && \
    chown -R 10001:10001 /data /keys /scratch /secrets
WORKDIR /opt/siskin
COPY LICENSE NOTICE ./
ENV LANG=C.UTF-8 \
    SISKIN_DATA=/data \
    ORT_DISABLE_TELEMETRY=1 \
    MALLOC_ARENA_MAX=2
USER 10001:10001

FROM runtime AS native
COPY --from=build /src/shared/target/native /opt/siskin/shared/target/native

FROM native AS embedding
COPY --from=build /src/shared/target/models /opt/siskin/shared/target/models

FROM embedding AS retrieval-service
COPY --from=build /src/retrieval-service/target/app /opt/siskin/retrieval-service/target/app
COPY retrieval-service/jvm.options retrieval-service/jvm-low-memory.options /opt/siskin/retrieval-service/
EXPOSE 7301
ENTRYPOINT ["java", "@retrieval-service/jvm.options", "-XX:+ErrorFileToStderr", "-Dsiskin.home=/opt/siskin", \
    "-cp", "retrieval-service/target/app/lib/*", "dev.siskin.retrieval.RetrievalService"]

FROM native AS inference-service
COPY --from=build /src/inference-service/target/app /opt/siskin/inference-service/target/app
COPY inference-service/models /opt/siskin/inference-service/models
COPY inference-service/jvm.options /opt/siskin/inference-service/jvm.options
EXPOSE 7300
ENTRYPOINT ["java", "@inference-service/jvm.options", "-XX:+ErrorFileToStderr", "-Dsiskin.home=/opt/siskin", \
    "-cp", "inference-service/target/app/lib/*", "dev.siskin.inference.InferenceService"]

FROM embedding AS indexer
COPY --from=build /src/indexer/target/app /opt/siskin/indexer/target/app
COPY indexer/jvm.options /opt/siskin/indexer/jvm.options
# what archives unpack to while it waits: on disk, where the compose file's /tmp is memory
VOLUME /scratch
ENTRYPOINT ["java", "@indexer/jvm.options", "-XX:+ErrorFileToStderr", "-Dsiskin.home=/opt/siskin", \
    "-Djava.io.tmpdir=/scratch", \
    "-cp", "indexer/target/app/lib/*", "dev.siskin.indexer.Indexer"]

FROM runtime AS cli
COPY --from=build /src/cli/target/app /opt/siskin/cli/target/app
COPY cli/jvm.options /opt/siskin/cli/jvm.options
COPY docker/make-keys /opt/siskin/docker/make-keys
ENTRYPOINT ["java", "@cli/jvm.options", "-Dsiskin.home=/opt/siskin", \
    "-cp", "cli/target/app/lib/*", "dev.siskin.cli.Siskin"]
