//! Numbers in five characters.

/// `1.2M`: bytes in five characters.
pub fn short_bytes(bytes: u64) -> String {
    short(bytes, 1024.0, "")
}

/// A number in five characters, with the letter for how often it was divided by `step`; `plain` stands for no division.
pub fn short(number: u64, step: f64, plain: &str) -> String {
    let mut value = number as f64;
    let mut unit = plain;
    for next in ["k", "M", "G", "T", "P"] {
        // A number that would be printed with four digits goes one unit up.
        if value < step * 0.9995 {
            break;
        }
        value /= step;
        unit = next;
    }
    match unit.is_empty() || value >= 99.95 {
        true => format!("{value:.0}{unit}"),
        false => format!("{value:.1}{unit}"),
    }
}
