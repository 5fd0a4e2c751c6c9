# Two stages on Debian: what builds, and what serves. The packages come from
# the list that ./dev uses too.
#   docker build --build-arg VERSION=1.2.3 --build-arg REVISION=$(git rev-parse HEAD) .
# What is in the image can be told by any program that lists packages (dpkg's
# database is kept) and by its labels.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY packages .
RUN apt-get update \
 && apt-get install -y --no-install-recommends $(awk '$1 == "build" { print $2 }' packages) \
 && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json openapi.yaml ./
COPY cmake cmake
COPY web web
COPY schema schema
COPY src src
COPY routes routes
# Last, as each commit has another one: the layers above stay as they are.
ARG REVISION=
RUN cmake --preset release -DREVISION="$REVISION" \
 && cmake --build build/release --target portcullis \
 && strip build/release/src/app/portcullis

FROM debian:bookworm-slim
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
# Of readiness, as a proxy in front would ask for it.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["portcullis", "wait", "--timeout", "0"]
ENTRYPOINT ["portcullis"]
CMD ["serve"]
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="Portcullis" \
      org.opencontainers.image.description="One gate to a civic platform's data" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
