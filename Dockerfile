# weir in one small image: compiled in the first stage, run in the second without compilers or development packages.
FROM node:20-slim AS build
WORKDIR /weir
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
COPY pipelines pipelines
COPY schemas schemas
RUN npm run build
# What runs needs its native parts (chdb, lmdb), and nothing of what built it.
RUN npm ci --omit=dev --ignore-scripts && npm rebuild

FROM node:20-slim
LABEL org.opencontainers.image.title="weir" \
      org.opencontainers.image.description="Scores, correlates and pushes what happens in the event streams a company already has"
ENV NODE_ENV=production \
    WEIR_DATA=/data \
    WEIR_CONFIG=/etc/weir/weir.yaml
WORKDIR /weir
COPY --from=build /weir/package.json ./
COPY --from=build /weir/node_modules node_modules
COPY --from=build /weir/dist dist
COPY --from=build /weir/schemas schemas
RUN mkdir -p /data /etc/weir && chown node:node /data && echo '{}' > /etc/weir/weir.yaml
USER node
VOLUME /data
EXPOSE 8420
# Alive, not ready: a daemon that waits for its log must not be killed for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.WEIR_HTTP_PORT || 8420) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Room for what a batch leaves behind: with the default the collector runs many times as often.
ENTRYPOINT ["node", "--max-semi-space-size=32", "--heap-growing-percent=300", "--no-allocation-site-pretenuring", "--no-parallel-scavenge", "dist/src/main.js"]
CMD ["start"]
