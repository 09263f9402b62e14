# The same program on a base of your own, for those whose registry or rules ask for one. `make image` needs neither this nor a daemon,
# and gives the same bytes every time; see docs/guides/image.md. A test holds both to the same user, entrypoint and labels.
#   docker build --build-arg BASE=… --build-arg NODE=… --build-arg VERSION=1.2.3 .

# Node.js 24.21.0 with npm, and a shell to run it.
ARG NODE=registry.example.com/node:24.21.0-slim
# glibc, libstdc++ and libgcc, and nothing else.
ARG BASE=registry.example.com/distroless/cc-debian12:nonroot

FROM $NODE AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY src/kopf/package.json src/kopf/
# Not npm ci: it refuses a lock file that leaves out other platforms' optional packages. Scripts are for the tests.
RUN npm install --no-save --no-fund --no-audit --ignore-scripts
COPY . .
ARG VERSION
RUN node scripts/image.ts --bundle --output /out && cp "$(command -v node)" /out/node

FROM $BASE
COPY --from=build /out/node /usr/bin/node
COPY --from=build /out/palisade.mjs /palisade.mjs
COPY --from=build /out/parts /parts
COPY LICENSE /usr/share/doc/palisade/LICENSE
ARG VERSION
LABEL org.opencontainers.image.title="Palisade" \
      org.opencontainers.image.description="A Kubernetes operator that makes the secure way to run a workload the only way." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 8080/tcp
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "/palisade.mjs"]
CMD ["operator"]
