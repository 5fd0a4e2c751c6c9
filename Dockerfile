# Two stages on Debian: what builds, and what serves. The packages come from
# the list that ./dev uses too.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY packages .
RUN apt-get update \
 && apt-get install -y --no-install-recommends $(awk '$1 == "build" { print $2 }' packages) \
 && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release && cmake --build build/release --target portcullis \
 && strip build/release/src/app/portcullis

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Portcullis" \
      org.opencontainers.image.description="One gate to a civic platform's data" \
      org.opencontainers.image.licenses="MIT"
COPY packages /tmp/packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends $(awk '$1 == "run" { print $2 }' /tmp/packages) \
 && rm -rf /var/lib/apt/lists/* /tmp/packages \
 && useradd --system --no-create-home --shell /usr/sbin/nologin portcullis
COPY --from=build /src/build/release/src/app/portcullis /usr/local/bin/portcullis
USER portcullis
ENV PORTCULLIS_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["portcullis"]
CMD ["serve"]
