//! The program; what it does is the library's.

fn main() -> std::process::ExitCode {
    doorbell::main()
}
