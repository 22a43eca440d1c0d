# The build stage runs on the platform of the builder, because its output does not depend on the target platform.
#
#     docker build --platform linux/arm64 -t pod-exporter .
#
# The base image has no digest here, because a digest that was not looked up in your registry would be invented. Pin it
# when you release: docs/releasing.md.

ARG BASE=node:24-bookworm-slim
# Has a C compiler, and the C library of the base.
ARG COMPILER=node:24-bookworm

FROM --platform=$BUILDPLATFORM $BASE AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
COPY . .
RUN ["npm", "run", "build"]

# Machine code, so this runs on the target platform.
FROM $COMPILER AS native
WORKDIR /build
COPY --from=build /build/node_modules/node-api-headers/ node_modules/node-api-headers/
COPY src/kernel/native.c src/kernel/
COPY scripts/build-native.ts scripts/
COPY package.json ./
RUN ["node", "scripts/build-native.ts", "dist/native.node"]

FROM $BASE
ARG BASE
ARG VERSION=0.2.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="pod-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the pods of one Kubernetes node" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.base.name="$BASE"
COPY --from=build /build/dist/ /build/LICENSE /opt/pod-exporter/
COPY --from=native /build/dist/ /opt/pod-exporter/
# For `kubectl exec ... -- pod-exporter top`.
COPY scripts/pod-exporter /usr/local/bin/
# `top` reads from the exporter of the same container, because a second reader could exceed the memory limit.
ENV POD_EXPORTER_URL=http://127.0.0.1:9771
# scripts/runtime.ts explains the flags.
ENV MALLOC_ARENA_MAX=1
USER 65534:65534
EXPOSE 9771
ENTRYPOINT ["node", "--max-semi-space-size=1", "--max-old-space-size=128", "--initial-old-space-size=24", "--v8-pool-size=1", "--disable-sigusr1", "/opt/pod-exporter/pod-exporter.mjs"]
CMD []
