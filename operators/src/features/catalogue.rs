//! What the file of a feature with running state says about itself, and the list of all of them.

use schemas::{EventTime, Instrument, Span};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    bars::BarTrade,
    indicators::{About, Entry, Kind, Parameters},
    market::Top,
};

/// Decimal places of an instrument's integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scales {
    /// Of prices.
    pub price: u8,
    /// Of quantities.
    pub quantity: u8,
}

impl Scales {
    /// Those of an instrument.
    pub fn of(instrument: &Instrument) -> Scales {
        Scales { price: instrument.price_scale, quantity: instrument.quantity_scale }
    }
}

/// Which records a feature takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Trades.
    Trades,
    /// Best bids and offers: those of the feed, or while it has sent none, the top of the book at
    /// the end of each message.
    Quotes,
}

/// One feature: what its file writes, on its parameters struct. [`super::Feature`] follows.
pub trait Definition: Parameters + Kind {
    /// Title, formula, convention and cost.
    const ABOUT: About;
    /// All that it remembers.
    type State: Default + Serialize + DeserializeOwned + Send + 'static;

    /// Which records it takes.
    fn reads(&self) -> Reads;

    /// The unit of its value.
    fn unit(&self) -> &'static str;

    /// Event time from the first record until there is a value.
    fn warm_up(&self) -> Span {
        Span(0)
    }

    /// Several settings that differ in what they exercise: the laws run over them.
    fn examples() -> Vec<Self>;

    /// A parameter that does not go with the others, and why.
    fn fault(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Takes a trade.
    fn trade(&self, _: &mut Self::State, _: Scales, _at: EventTime, _: &BarTrade) {}

    /// Takes a best bid and offer; a side whose quantity is 0 is absent.
    fn quote(&self, _: &mut Self::State, _: Scales, _at: EventTime, _: &Top) {}

    /// The value as of `now`, which is never before a record that was taken; NaN is null.
    fn value(&self, state: &mut Self::State, scales: Scales, now: EventTime) -> f64;
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

/// Writes the closed list of features: first those whose value is looked up, as variants; then
/// those with running state, as `module::Type` entries, where the module's name is the kind.
macro_rules! features {
    (
        looked_up { $($(#[doc = $doc:literal])+ $other:ident($of:ty),)+ }
        running { $($module:ident :: $name:ident),+ $(,)? }
    ) => {
        /// A feature as it stands in the job file:
        /// `imbalance = { book_imbalance = { levels = 5 } }`. `spread`, `mid` and `microprice` are
        /// there without being named, as columns of every instrument.
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        pub enum FeatureSpec {
            $( $(#[doc = $doc])+ $other($of), )+
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

        impl FeatureSpec {
            /// The feature with running state behind the parameters, if it is one.
            pub fn running(&self) -> Option<&dyn Feature> {
                match self {
                    $( Self::$other(_) => None, )+
                    $( Self::$name(parameters) => Some(parameters), )+
                }
            }

            /// Every kind with running state, by name.
            pub fn running_kinds() -> &'static [Entry] {
                const { &[$( catalogue::entry::<$module::$name>() ),+] }
            }

            /// Several settings of every kind with running state, for laws and benches.
            pub fn examples() -> Vec<FeatureSpec> {
                let mut examples = Vec::new();
                $(
                    let all = <$module::$name as Definition>::examples();
                    examples.extend(all.into_iter().map(Self::$name));
                )+
                examples
            }
        }
    };
}
