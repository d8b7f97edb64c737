//! What the builders take beyond their own methods, by `options(|options| ..)`.

pub use crate::compare::{CompareOptions, Ignore};
pub use crate::dump::DumpOptions;
pub use crate::live::{CopyChoice, ReadOptions};
pub use crate::plan::choose::parts::Parts;
pub use crate::plan::restore::missing::SkipMissing;
pub use crate::plan::restore::role_map::RoleMap;
pub use crate::plan::restore::select::RestoreFilter;
pub use crate::repository::Who;
pub use crate::restore::RestoreOptions;
pub use crate::snapshot::CreateOptions;
