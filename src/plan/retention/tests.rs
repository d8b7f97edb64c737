//! Examples, and 2,000 random histories held against [`oracle`], which re-derives every reason the long way.

mod examples;
mod histories;
mod oracle;
