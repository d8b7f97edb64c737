# The commands that work on pgark needs; `just` lists them. Each is one line that can be typed by hand.

# List the commands.
default:
    @just --list

# Install what building and testing need besides Rust.
setup:
    .ci/setup

# Compile everything, without running anything.
check:
    cargo check --all-targets

# Format, and refuse what clippy finds.
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings

# Run the tests that need no network and no server.
test:
    cargo test --lib --test tidy --test offline

# Run tests on servers by a part of their names: `just live resuming::`.
live name:
    cargo test --test live {{name}}

# Take one case through an archive and back, on every major: `just case views`.
case name:
    PGARK_CASE={{name}} cargo test --test live cases::

# Run all that must pass.
ci:
    .ci/run

# Build the docs of all modules, private ones too, and refuse broken links.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# Fuzz one target for a minute: `just fuzz archive`.
fuzz target:
    fuzz/run -s 60 -j 1 {{target}}

# Measure beside pg_dump and pg_restore; wants two idle cores.
bench:
    cargo bench --bench peers

# Licences, sources and doubles of the crates; wants `cargo install cargo-deny`.
deny:
    cargo deny --all-features check bans licenses sources
