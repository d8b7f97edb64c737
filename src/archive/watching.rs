//! Lets the observer of a check stop it.

/// The result of an observer, which is called with bytes checked and bytes in all: whether the check goes on. An
/// observer without a result never stops it.
pub trait GoOn {
    fn go_on(self) -> bool;
}

impl GoOn for () {
    fn go_on(self) -> bool {
        true
    }
}

impl GoOn for bool {
    fn go_on(self) -> bool {
        self
    }
}
