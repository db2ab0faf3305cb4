# syntax=docker/dockerfile:1

# Build. The caches hold the registry and the compiled dependencies between builds; the binary is copied out of
# them, because a cache is not part of the image.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    cargo build --release --locked --bin leaseline \
    && cp target/release/leaseline /usr/local/bin/leaseline

# Run. The certificates are for calls to Onlinesim over HTTPS.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 leaseline \
    && useradd --system --uid 10001 --gid leaseline --home-dir /data --no-create-home --shell /usr/sbin/nologin leaseline \
    && install --directory --owner=leaseline --group=leaseline --mode=0750 /data
COPY --from=build /usr/local/bin/leaseline /usr/local/bin/leaseline

# Numeric, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV LEASELINE_STORAGE__URL=sqlite:/data/leaseline.db

# 8080: Onlinesim and the gateways. 8081: the admin API, which listens on the container's loopback unless
# LEASELINE_ADMIN__LISTEN=0.0.0.0:8081 is set; publish it to the host's loopback only (-p 127.0.0.1:8081:8081).
EXPOSE 8080 8081

# It reads the same environment as the server: name a configuration file with LEASELINE_CONFIG, not with --config,
# if that file says where the admin interface listens.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["leaseline", "healthcheck"]

# After SIGTERM held requests and deliveries have 10 s: give the container 15 (docker run --stop-timeout 15).
ENTRYPOINT ["leaseline"]
CMD ["serve"]
