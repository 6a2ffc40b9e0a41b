#!/usr/bin/env bash
# Mutants of the gate (shared/src/verify*): cargo-mutants changes it in one place at a time, and a test must notice. What no
# test can notice is listed in tests/mutants.md with the reason; anything else that survives fails, and so does a listed one
# that is caught by now. All of them take hours; arguments go to cargo-mutants: --shard 0/16 for a part, --re 'Mac::decode' for
# some.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# Its exit code says whether there are survivors; which they are is judged below. What is built once is optimised, in a target
# folder of its own: that may take the first mutant a quarter of an hour.
mutants() {
  CARGO_TARGET_DIR="$out/target" CARGO_PROFILE_DEV_DEBUG=0 cargo mutants --output "$out/$1" --colors never \
    --file 'shared/src/verify.rs' --file 'shared/src/verify/**/*.rs' --baseline skip --timeout 120 --build-timeout 3600 \
    --cargo-arg=--config='profile.dev.package."*".opt-level=1' "${@:2}" || [ -s "$out/$1/mutants.out/outcomes.json" ]
}
# First the command's tests, which play every case and every sender of the table: they are built in half the time, and leave
# one mutant in nine alive. Those meet the rest of the tests that are about the gate.
mutants first --test-package doorbell-core --test-package doorbell --cargo-arg=--lib --cargo-arg=--test=command "$@"
mapfile -t alive < <(sed 's/[][\.*^$(){}?+|]/\\&/g; s/.*/--re=^&$/' "$out"/first/mutants.out/{missed,timeout}.txt)
tests=(admit case_mutations gate handshakes jwt meaning mutations named_certificates primitives sns token_mutations tokens)
[ ${#alive[@]} -eq 0 ] || mutants rest --test-package conformance "${tests[@]/#/--cargo-arg=--test=}" "${alive[@]}"

# Places move; the file and the words stay. (cargo-mutants 27.1 meets deleted fields again, whatever --re says.)
of() { cat "${@/#/$out/}" 2>/dev/null | sort -u; }
words() { sed -E 's/:[0-9]+:[0-9]+:/:/' | sort -u; }
survived() { comm -12 <(of first/mutants.out/{missed,timeout}.txt) <(of rest/mutants.out/{missed,timeout}.txt) | words; }
caught() { of {first,rest}/mutants.out/caught.txt | words; }
listed() { sed -n 's/^- `\(.*\)`$/\1/p' tests/mutants.md | sort -u; }
comm -23 <(survived) <(listed) | sed 's/^/survived, not explained: /' | tee "$out/wrong"
comm -12 <(comm -23 <(caught) <(survived)) <(listed) | sed 's/^/explained, but caught: /' | tee -a "$out/wrong"
[ -s "$out/first/mutants.out/caught.txt" ] && [ ! -s "$out/wrong" ]
