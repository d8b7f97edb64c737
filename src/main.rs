//! The `pgark` command.

fn main() -> std::process::ExitCode {
    pgark::cli::main()
}
