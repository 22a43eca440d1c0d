# The build stage runs on the platform of the builder, because its output does not depend on the target platform.
#
#     docker build --platform linux/arm64 -t pod-exporter .

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
COPY . .
RUN ["npm", "run", "build"]

FROM node:24-bookworm-slim
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="pod-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the pods of one Kubernetes node" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /build/dist/ /build/LICENSE /opt/pod-exporter/
# scripts/runtime.ts explains the flags.
ENV MALLOC_ARENA_MAX=1
USER 65534:65534
EXPOSE 9771
ENTRYPOINT ["node", "--max-semi-space-size=1", "--max-old-space-size=128", "--v8-pool-size=1", "--optimize-for-size", "/opt/pod-exporter/pod-exporter.mjs"]
CMD []
