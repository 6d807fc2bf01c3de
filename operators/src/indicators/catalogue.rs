//! What an indicator's file says about itself, and the list of all of them.

use serde::{Serialize, de::DeserializeOwned};

use super::{Output, Row, Values};

/// One kind of indicator, as `tapeflow catalogue` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The key in a job file: `ema`.
    pub kind: &'static str,
    /// The name that people use: "Exponential moving average".
    pub title: &'static str,
    /// What it tells, in a sentence or two.
    pub doc: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// The fields of its table in a job file.
    pub parameters: &'static [Parameter],
    /// Whose definition it follows, and in which choices.
    pub convention: &'static str,
    /// What comes before the first value.
    pub warm_up: &'static str,
    /// Work a row.
    pub cost: &'static str,
    /// Where the definition stands.
    pub source: &'static str,
}

/// One field of an indicator's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The key in a job file: `period`.
    pub name: &'static str,
    /// The values it takes, in words.
    pub type_text: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// What it is where a job leaves it out; without this it must be given.
    pub default: Option<&'static str>,
}

/// The part of an [`Entry`] that an indicator's file writes by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// See [`Entry::title`].
    pub title: &'static str,
    /// See [`Entry::formula`].
    pub formula: &'static str,
    /// See [`Entry::convention`].
    pub convention: &'static str,
    /// See [`Entry::warm_up`].
    pub warm_up: &'static str,
    /// See [`Entry::cost`].
    pub cost: &'static str,
    /// See [`Entry::source`].
    pub source: &'static str,
}

/// A parameters struct with its documentation as data: `parameters!` writes both.
pub trait Parameters: Clone + PartialEq + Serialize + DeserializeOwned + Send + 'static {
    /// The doc comment of the struct.
    const DOC: &'static str;
    /// Its fields in order.
    const PARAMETERS: &'static [Parameter];
}

/// The name of a member of the catalogue: `catalogue!` gives it.
pub trait Kind {
    /// The key in a job file.
    const KIND: &'static str;
}

/// One indicator: what its file writes, on its parameters struct. [`super::Indicator`] follows.
pub trait Definition: Parameters + Kind {
    /// Title, formula, convention and cost.
    const ABOUT: About;
    /// What it reads from a row.
    type Row: Row;
    /// One number an output: `[f64; N]`.
    type Values: Values;
    /// All that it remembers.
    type State: Default + Serialize + DeserializeOwned + Send + 'static;

    /// The outputs, in the order of [`Self::Values`].
    fn outputs(&self) -> Vec<Output>;

    /// Several settings that differ in what they exercise: the laws run over them.
    fn examples() -> Vec<Self>;

    /// The state before the first row.
    fn fresh(&self) -> Self::State;

    /// Rows after the warm-up of TA-Lib whose values are held back while a recursion settles; part
    /// of the warm-up that [`Self::outputs`] states.
    fn unstable(&self) -> usize {
        0
    }

    /// Takes one row; NaN where there is no value. Infinity is made NaN by the caller.
    fn step(&self, state: &mut Self::State, row: Self::Row) -> Self::Values;

    /// Takes some rows as [`Self::step`] takes them one by one, which it may do in a faster way:
    /// every bit of state and values is the same. It is given 512 rows at the most.
    #[inline(always)]
    fn steps(
        &self,
        state: &mut Self::State,
        input: &<Self::Row as Row>::Columns<'_>,
        output: &mut <Self::Values as Values>::Columns<'_>,
    ) {
        for row in 0..input.as_ref()[0].len() {
            self.step(state, Self::Row::at(input, row)).write(output, row);
        }
    }
}

/// The entry of one definition.
pub(super) const fn entry<D: Definition>() -> Entry {
    Entry {
        kind: D::KIND,
        title: D::ABOUT.title,
        doc: D::DOC,
        formula: D::ABOUT.formula,
        parameters: D::PARAMETERS,
        convention: D::ABOUT.convention,
        warm_up: D::ABOUT.warm_up,
        cost: D::ABOUT.cost,
        source: D::ABOUT.source,
    }
}

/// What a field is that a job leaves out, from the text of its default.
///
/// # Panics
///
/// If the field cannot be that.
pub(crate) fn left_out<T: DeserializeOwned>(text: &str) -> T {
    use serde::de::{IntoDeserializer, value::Error};
    let value: Result<T, Error> = match (text.parse::<u64>(), text.parse::<f64>()) {
        (Ok(whole), _) => T::deserialize(whole.into_deserializer()),
        (_, Ok(number)) => T::deserialize(number.into_deserializer()),
        _ => T::deserialize(text.into_deserializer()),
    };
    value.expect("a default is a value of its field")
}

/// Writes a parameters struct with its serde form, and keeps its doc comments as data, so that the
/// catalogue and the documentation cannot differ. A field with `= "text"` may be left out, and is
/// then what the text says, either every field or those whose type's `Default` says the same.
macro_rules! parameters {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])+
                pub $field:ident: $type:ty = $default:literal,
            )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])+
                #[doc = concat!("Left out: ", $default, ".")]
                pub $field: $type,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $crate::indicators::left_out($default), )+ }
            }
        }

        $crate::indicators::parameters!(
            @list $name ($($doc)+)
            $( ($field $type, ($($field_doc)+) ($default)) )+
        );
    };
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])+
                pub $field:ident: $type:ty $(= $default:literal)?,
            )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])+
                $( #[doc = concat!("Left out: ", $default, ".")] #[serde(default)] )?
                pub $field: $type,
            )*
        }

        $crate::indicators::parameters!(
            @list $name ($($doc)+)
            $( ($field $type, ($($field_doc)+) ($($default)?)) )*
        );
    };
    (
        @list $name:ident ($($doc:literal)+)
        $( ($field:ident $type:ty, ($($field_doc:literal)+) ($($default:literal)?)) )*
    ) => {
        impl $crate::indicators::Parameters for $name {
            const DOC: &'static str = concat!($($doc),+).trim_ascii();
            const PARAMETERS: &'static [$crate::indicators::Parameter] = &[$(
                $crate::indicators::Parameter {
                    name: stringify!($field),
                    type_text: <$type>::TEXT,
                    doc: concat!($($field_doc),+).trim_ascii(),
                    default: [$( Some($default), )? None][0],
                },
            )*];
        }
    };
}

pub(crate) use parameters;

/// Writes the closed list of kinds from `module::Type` entries; the module's name is the kind.
macro_rules! catalogue {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        /// One indicator with its parameters, as a job file writes it: `ema = { period = 12 }`.
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum IndicatorSpec {
            $(
                #[doc = concat!("`", stringify!($module), "`, see [`", stringify!($module), "`].")]
                $name($module::$name),
            )+
        }

        $(
            impl Kind for $module::$name {
                const KIND: &'static str = stringify!($module);
            }
        )+

        impl IndicatorSpec {
            /// The indicator behind the parameters.
            pub fn indicator(&self) -> &dyn Indicator {
                match self {
                    $( Self::$name(parameters) => parameters, )+
                }
            }

            /// The key in a job file.
            pub fn kind(&self) -> &'static str {
                match self {
                    $( Self::$name(_) => <$module::$name as Kind>::KIND, )+
                }
            }

            /// Every kind there is, by name.
            pub fn kinds() -> &'static [Entry] {
                const { &[$( catalogue::entry::<$module::$name>() ),+] }
            }

            /// Several settings of every kind, for laws and benches.
            pub fn examples() -> Vec<IndicatorSpec> {
                let mut examples = Vec::new();
                $( examples.extend($module::$name::examples().into_iter().map(Self::$name)); )+
                examples
            }
        }
    };
}
