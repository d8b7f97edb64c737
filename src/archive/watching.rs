//! What watches a check of an archive may stop it.

/// What is called with bytes checked and bytes in all says whether the check goes on. One that says nothing only watches.
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
