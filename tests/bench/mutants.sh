#!/usr/bin/env bash
# Mutants of the gate (shared/src/verify*): cargo-mutants changes it in one place at a time, and a test must notice. What no
# test can notice is listed in tests/mutants.md with the reason; anything else that survives fails, and so does a listed one
# that is caught by now. All of them take hours; arguments go to cargo-mutants: --shard 0/16 for a part, --re 'Mac::decode' for
# some.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# Only the tests that are about the gate, and the command's, which play every case and every sender of the table.
tests=(--lib)
for test in admit case_mutations command gate handshakes jwt meaning mutations named_certificates primitives sns token_mutations tokens; do
  tests+=("--test=$test")
done
# Its exit code says whether there are survivors; which they are is judged below. A target folder of its own, outside.
env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 cargo mutants --file 'shared/src/verify.rs' --file 'shared/src/verify/**/*.rs' \
  --test-package doorbell-core --test-package doorbell --test-package conformance --baseline skip --timeout 120 --build-timeout 600 \
  --colors never --output "$out" "$@" "${tests[@]/#/--cargo-arg=}" || [ -s "$out/mutants.out/outcomes.json" ]

# Places move; the file and the words stay.
of() { sed -E 's/:[0-9]+:[0-9]+:/:/' "${@/#/$out/mutants.out/}" | sort -u; }
listed() { sed -n 's/^- `\(.*\)`$/\1/p' tests/mutants.md | sort -u; }
comm -23 <(of missed.txt timeout.txt) <(listed) | sed 's/^/survived, not explained: /' | tee "$out/wrong"
comm -12 <(comm -23 <(of caught.txt) <(of missed.txt timeout.txt)) <(listed) | sed 's/^/explained, but caught: /' | tee -a "$out/wrong"
[ -s "$out/mutants.out/caught.txt" ] && [ ! -s "$out/wrong" ]
