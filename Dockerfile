# Switchboard as an image: `docker build -t switchboard .`, then see compose.yaml.
#
# The first stage builds the release as `make build` does on any Debian; the second holds one program.
FROM rust:1.95.0-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /switchboard
COPY . .
RUN make dist

FROM debian:bookworm-slim
# Who connects to PostgreSQL, mail and webhooks over TLS checks it against these.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /data --create-home switchboard
COPY --from=build /switchboard/dist/switchboard /usr/local/bin/switchboard
USER switchboard
WORKDIR /data
VOLUME /data
# In its container it listens to the others; SWITCHBOARD_PUBLIC_URL says what people type.
ENV SWITCHBOARD_LISTEN=0.0.0.0:3210 SWITCHBOARD_DATABASE=sqlite:/data/switchboard.db SWITCHBOARD_FILES=/data/files
EXPOSE 3210
STOPSIGNAL SIGTERM
ENTRYPOINT ["switchboard"]
CMD ["serve"]
