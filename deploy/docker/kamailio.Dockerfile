FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends kamailio kamailio-utils-modules kamailio-extra-modules \
        kamailio-postgres-modules kamailio-tls-modules kamailio-websocket-modules kamailio-autheph-modules \
    && rm -rf /var/lib/apt/lists/*
USER kamailio
ENTRYPOINT ["kamailio", "-DD", "-E", "-P", "/tmp/kamailio.pid", "-Y", "/tmp", "-f", "/etc/kamailio/kamailio.cfg"]
