# A small image with one binary in it, run by a user who is not root.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY locales locales
COPY migrations migrations
COPY src src
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked && cp target/release/shipgate /shipgate

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin shipgate \
 && install -d -o shipgate -g shipgate -m 0750 /data
COPY --from=build /shipgate /usr/local/bin/shipgate
USER shipgate
WORKDIR /data
VOLUME /data
ENV DATABASE_URL=sqlite:///data/shipgate.db SHIPGATE_CONFIG=/etc/shipgate/shipgate.toml PORT=8080
EXPOSE 8080
CMD ["shipgate", "run"]
