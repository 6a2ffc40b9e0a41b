//! A secret has no text.

use doorbell_core::secret::Secret;

pub fn print(secret: &Secret) -> String {
    format!("{secret}")
}

fn main() {}
