# The image of doorbell-cloud-run: one static binary and the certificates it trusts, nothing else.
#
# No config is in it: each revision brings its own in DOORBELL_CONFIG_TOML, so one image serves staging and production,
# and a roll-back takes the config back too. The `doorbell` command stays out: there is no shell to call it from, and
# what answers the internet holds what it needs.
#
# The version is that of rust-toolchain.toml (held by tests/deploy/check.py). The slim image has the C compiler and the
# static libc that aws-lc-sys and crt-static ask for; cmake is not asked for on x86_64 Linux.
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src

# The dependencies first, so that a change of our own code does not compile them again. It needs no BuildKit: this layer
# is kept while the manifests and the lock file stay the same. The sources are stand-ins; cargo goes by the time of
# a file, so `touch` below makes sure that the real ones count as newer.
COPY Cargo.toml Cargo.lock rust-toolchain.toml ./
COPY shared/Cargo.toml shared/
COPY handler/adapters/Cargo.toml handler/adapters/
COPY handler/cloud-run/Cargo.toml handler/cloud-run/
COPY handler/lambda/Cargo.toml handler/lambda/
COPY handler/cli/Cargo.toml handler/cli/
COPY tests/Cargo.toml tests/
# glibc 2.34 and later resolve names without loading a library, so a static binary of bookworm's 2.36 does, too
# (sourceware.org/glibc/wiki/Release/2.34).
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN set -eu; \
    for crate in shared handler/adapters handler/cloud-run handler/lambda tests; do \
      mkdir -p "$crate/src"; echo '//! Stands in.' > "$crate/src/lib.rs"; \
    done; \
    mkdir -p handler/cli/src tests/benches; \
    for program in handler/cloud-run/src/main handler/lambda/src/main handler/cli/src/main tests/benches/receive \
        tests/benches/bare_axum tests/benches/bare_lambda tests/benches/suites tests/benches/schema; do \
      printf '//! Stands in.\nfn main() {}\n' > "$program.rs"; \
    done; \
    cargo build --release --locked --target x86_64-unknown-linux-gnu -p doorbell-cloud-run

COPY . .
RUN set -eu; \
    find shared handler -name '*.rs' -exec touch {} +; \
    cargo build --release --locked --target x86_64-unknown-linux-gnu -p doorbell-cloud-run; \
    mkdir -p /out/etc/ssl/certs; \
    cp target/x86_64-unknown-linux-gnu/release/doorbell-cloud-run /out/; \
    cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/

FROM scratch
# rustls-platform-verifier looks where Debian keeps it (docs.rs/rustls-native-certs: openssl-probe's list of places).
COPY --from=build /out/ /
# A number: there is no /etc/passwd to look a name up in, and Kubernetes' runAsNonRoot wants to see that it is not 0.
USER 65532:65532
ENTRYPOINT ["/doorbell-cloud-run"]
