//! Faults planted on purpose, one at a time, to prove that the checker of `crates/proof` sees them. They exist only in a
//! build with the feature `mutants`, which nothing but `make proof` asks for; without it `mutant!` is `false`.

/// Whether the planted fault of this name was chosen.
#[cfg(feature = "mutants")]
macro_rules! mutant {
    ($name:literal) => {
        $crate::mutants::is_chosen($name)
    };
}
#[cfg(not(feature = "mutants"))]
macro_rules! mutant {
    ($name:literal) => {
        false
    };
}

/// Whether `GREENROOM_MUTANT` names this fault.
#[cfg(feature = "mutants")]
pub fn is_chosen(name: &str) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<String>> =
        std::sync::LazyLock::new(|| std::env::var("GREENROOM_MUTANT").ok());
    CHOSEN.as_deref() == Some(name)
}
