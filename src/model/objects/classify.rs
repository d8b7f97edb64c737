//! Decides which entry an object becomes: its kind and section, or none if it is part of another.

use crate::model::kind::{Kind, Section};
use crate::model::objects::object::{Definition, Object};

impl Object {
    /// The kind of this object's own archive entry; `None` when its statements belong to
    /// another object's entry (inline defaults and checks, view rules, constraint indexes).
    pub fn kind(&self) -> Option<Kind> {
        Some(match &self.definition {
            Definition::Schema => Kind::Schema,
            Definition::Extension { .. } => Kind::Extension,
            Definition::Language(_) => Kind::Language,
            Definition::Collation(_) => Kind::Collation,
            Definition::ShellType => Kind::ShellType,
            Definition::BaseType(_)
            | Definition::UndefinedType
            | Definition::EnumType(_)
            | Definition::RangeType(_)
            | Definition::CompositeType(_) => Kind::Type,
            Definition::Domain(_) => Kind::Domain,
            Definition::ImpliedType => return None,
            Definition::Cast(_) => Kind::Cast,
            Definition::Transform(_) => Kind::Transform,
            Definition::Routine(routine) if routine.kind == 'p' => Kind::Procedure,
            Definition::Routine(_) => Kind::Function,
            Definition::Aggregate(_) => Kind::Aggregate,
            Definition::Operator(_) => Kind::Operator,
            Definition::OperatorFamily(_) => Kind::OperatorFamily,
            Definition::OperatorClass(_) => Kind::OperatorClass,
            Definition::AccessMethod(_) => Kind::AccessMethod,
            Definition::Conversion(_) => Kind::Conversion,
            Definition::TextSearchParser(_) => Kind::TextSearchParser,
            Definition::TextSearchTemplate(_) => Kind::TextSearchTemplate,
            Definition::TextSearchDictionary(_) => Kind::TextSearchDictionary,
            Definition::TextSearchConfiguration(_) => Kind::TextSearchConfiguration,
            Definition::ForeignDataWrapper(_) => Kind::ForeignDataWrapper,
            Definition::ForeignServer(_) => Kind::ForeignServer,
            Definition::UserMapping(_) => Kind::UserMapping,
            Definition::Table(table) if table.kind == 'f' => Kind::ForeignTable,
            Definition::Table(_) => Kind::Table,
            Definition::View(_) => Kind::View,
            Definition::ViewBody(_) => Kind::Rule,
            Definition::MaterializedView(_) => Kind::MaterializedView,
            Definition::Sequence(_) => Kind::Sequence,
            Definition::SequenceOwner(_) => Kind::SequenceOwner,
            Definition::TableAttach(_) => Kind::TableAttach,
            Definition::Default(default) if default.separate => Kind::Default,
            Definition::Default(_) => return None,
            Definition::Constraint(constraint) => match constraint.kind {
                'f' => Kind::ForeignKey,
                'c' | 'n' if !constraint.separate => return None,
                'c' => Kind::CheckConstraint,
                'n' => Kind::NotNullConstraint,
                _ => Kind::Constraint,
            },
            Definition::Index(index) if index.constraint.is_some() => return None,
            Definition::Index(_) => Kind::Index,
            Definition::IndexAttach(_) => Kind::IndexAttach,
            Definition::ExtendedStatistics(_) => Kind::ExtendedStatistics,
            Definition::Rule(rule) if rule.is_view_select => return None,
            Definition::Rule(_) => Kind::Rule,
            Definition::Trigger(_) => Kind::Trigger,
            Definition::RowSecurity => Kind::RowSecurity,
            Definition::Policy(_) => Kind::Policy,
            Definition::Publication(_) => Kind::Publication,
            Definition::PublicationTable(_) => Kind::PublicationTable,
            Definition::PublicationSchema(_) => Kind::PublicationSchema,
            Definition::Subscription(_) => Kind::Subscription,
            Definition::EventTrigger(_) => Kind::EventTrigger,
            Definition::DefaultPrivileges(_) => Kind::DefaultPrivileges,
            Definition::MatviewRefresh => Kind::MatviewRefresh,
            Definition::LargeObjects(_) => Kind::LargeObjects,
            Definition::SystemObject(system) => system.kind,
            Definition::Global(global) => global.kind(),
            Definition::Database(_) => Kind::Database,
            Definition::DatabaseSettings(_) => Kind::DatabaseSettings,
        })
    }

    /// The section of this object's entry, with loop repair's postponements; `None` as in
    /// [`Object::kind`].
    pub fn section(&self) -> Option<Section> {
        let kind = self.kind()?;
        Some(match &self.definition {
            Definition::MaterializedView(view) if view.postponed => Section::PostData,
            Definition::Routine(routine) if routine.postponed => Section::PostData,
            _ => kind.section(),
        })
    }

    /// Whether a clause of its parent's statement creates it, instead of an entry of its own.
    pub fn is_inline(&self) -> bool {
        self.kind().is_none() && self.parent.is_some()
    }
}
