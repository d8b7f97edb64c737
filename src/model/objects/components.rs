//! The parts of an object that a dump can hold or leave out.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// CREATE, owner and DEPENDS ON EXTENSION.
    pub definition: bool,
    pub privileges: bool,
    /// Comments and security labels.
    pub comments: bool,
}

impl Components {
    pub const ALL: Components = Components {
        definition: true,
        privileges: true,
        comments: true,
    };
    pub const NONE: Components = Components {
        definition: false,
        privileges: false,
        comments: false,
    };
    pub const PRIVILEGES: Components = Components {
        definition: false,
        privileges: true,
        comments: false,
    };

    pub fn all_if(wanted: bool) -> Self {
        if wanted { Self::ALL } else { Self::NONE }
    }
}
