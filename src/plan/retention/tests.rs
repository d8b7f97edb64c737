//! Examples, and 2,000 random histories compared with [`oracle`], which derives every reason anew in a longer way.

mod examples;
mod histories;
mod oracle;
