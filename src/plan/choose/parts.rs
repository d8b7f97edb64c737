//! Which of the three sections of a dump are wanted: before the rows, the rows, after the rows. Pure.

use crate::model::{Entry, Kind, Section};

/// Some of the three sections, at least one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    /// All three.
    #[default]
    All,
    /// Definitions, no rows and no sequence positions.
    Schema,
    /// Rows and sequence positions, no definitions.
    Data,
    /// Definitions that come before rows.
    PreData,
    /// Definitions that come after rows.
    PostData,
    /// Everything but what comes after rows.
    UpToData,
    /// Everything but what comes before rows.
    FromData,
}

impl Parts {
    /// The parts with the given sections; with none of them, all parts.
    pub fn of(pre_data: bool, data: bool, post_data: bool) -> Self {
        match (pre_data, data, post_data) {
            (true, true, true) | (false, false, false) => Self::All,
            (true, false, true) => Self::Schema,
            (false, true, false) => Self::Data,
            (true, false, false) => Self::PreData,
            (false, false, true) => Self::PostData,
            (true, true, false) => Self::UpToData,
            (false, true, true) => Self::FromData,
        }
    }

    /// Whether rows, sequence positions and large objects are wanted.
    pub fn rows(self) -> bool {
        matches!(self, Self::All | Self::Data | Self::UpToData | Self::FromData)
    }

    /// Whether definitions of this section are wanted.
    pub fn definitions(self, section: Section) -> bool {
        match section {
            Section::PreData => matches!(self, Self::All | Self::Schema | Self::PreData | Self::UpToData),
            Section::PostData => matches!(self, Self::All | Self::Schema | Self::PostData | Self::FromData),
        }
    }

    /// Whether this entry belongs to the parts. As in pg_dump, large objects and the statistics of tables are data, and
    /// those of indexes come with the indexes.
    pub fn take(self, entry: &Entry) -> bool {
        match (entry.kind, entry.section) {
            (Kind::LargeObjects, _) | (Kind::StatisticsData, Section::PreData) => self.rows(),
            (_, section) => self.definitions(section),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_and_the_rows_belong_to_one_section() {
        let entry = |kind: Kind, section| Entry {
            kind,
            section,
            ..Entry::default()
        };
        let entries = [
            (entry(Kind::Table, Section::PreData), Parts::PreData),
            (entry(Kind::View, Section::PostData), Parts::PostData),
            (entry(Kind::Index, Section::PostData), Parts::PostData),
            (entry(Kind::LargeObjects, Section::PreData), Parts::Data),
            (entry(Kind::StatisticsData, Section::PreData), Parts::Data),
            (entry(Kind::StatisticsData, Section::PostData), Parts::PostData),
        ];
        for (entry, own) in entries {
            for parts in [Parts::PreData, Parts::Data, Parts::PostData] {
                assert_eq!(parts.take(&entry), parts == own, "{} {parts:?}", entry.kind);
            }
            assert!(Parts::All.take(&entry));
        }
        assert!(Parts::Data.rows() && !Parts::PreData.rows() && !Parts::PostData.rows());
    }

    #[test]
    fn several_sections_add_up() {
        for bits in 1..8_u8 {
            let (pre, data, post) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
            let parts = Parts::of(pre, data, post);
            assert_eq!(parts.definitions(Section::PreData), pre);
            assert_eq!(parts.rows(), data);
            assert_eq!(parts.definitions(Section::PostData), post);
        }
        assert_eq!(Parts::of(false, false, false), Parts::All);
    }
}
