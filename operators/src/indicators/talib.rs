//! TA-Lib's names of parameters, so that what is written for it can be moved over without thought.

use super::{Entry, Parameter};

impl Entry {
    /// Is it one of TA-Lib's functions?
    pub fn in_talib(&self) -> bool {
        self.source.starts_with("TA-Lib ")
    }

    /// TA-Lib's name of a parameter, of its functions, where it is another one.
    pub fn talib_name(&self, parameter: &Parameter) -> Option<&'static str> {
        if !self.in_talib() {
            return None;
        }
        Some(match (self.kind, parameter.name) {
            ("mama", "fast") => "fastlimit",
            ("mama", "slow") => "slowlimit",
            (_, "period") => "timeperiod",
            (_, "period1") => "timeperiod1",
            (_, "period2") => "timeperiod2",
            (_, "period3") => "timeperiod3",
            (_, "fast") => "fastperiod",
            (_, "slow") => "slowperiod",
            (_, "signal") => "signalperiod",
            (_, "first") => "firstperiod",
            (_, "second") => "secondperiod",
            (_, "min") => "minperiod",
            (_, "max") => "maxperiod",
            (_, "atr_period") => "atrperiod",
            (_, "roc") => "rocperiod",
            (_, "roc1") => "roc1period",
            (_, "roc2") => "roc2period",
            (_, "stddev") => "stddevperiod",
            (_, "wma") => "wmaperiod",
            (_, "left") => "leftbars",
            (_, "right") => "rightbars",
            (_, "ma") => "matype",
            (_, "fast_ma") => "fastmatype",
            (_, "slow_ma") => "slowmatype",
            (_, "signal_ma") => "signalmatype",
            (_, "fastk") => "fastk_period",
            (_, "slowk") => "slowk_period",
            (_, "slowd") => "slowd_period",
            (_, "fastd") => "fastd_period",
            (_, "slowk_ma") => "slowk_matype",
            (_, "slowd_ma") => "slowd_matype",
            (_, "fastd_ma") => "fastd_matype",
            (_, "up") => "nbdevup",
            (_, "down") => "nbdevdn",
            (_, "deviations") => "nbdev",
            (_, "start_value") => "startvalue",
            (_, "offset_on_reverse") => "offsetonreverse",
            (_, "acceleration_init_long") => "accelerationinitlong",
            (_, "acceleration_long") => "accelerationlong",
            (_, "acceleration_max_long") => "accelerationmaxlong",
            (_, "acceleration_init_short") => "accelerationinitshort",
            (_, "acceleration_short") => "accelerationshort",
            (_, "acceleration_max_short") => "accelerationmaxshort",
            _ => return None,
        })
    }

    /// The parameter that TA-Lib gives this name to, where it has another one here.
    pub fn by_talib_name(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| self.talib_name(parameter) == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use crate::indicators::IndicatorSpec;

    #[test]
    fn names_are_those_of_the_functions() {
        let functions = || IndicatorSpec::kinds().iter().filter(|entry| entry.in_talib());
        assert_eq!(functions().count(), 201);
        let of = |kind: &str, name| {
            let entry = functions().find(|entry| entry.kind == kind).expect("a function of it");
            entry.by_talib_name(name).map(|parameter| parameter.name)
        };
        assert_eq!(of("rsi", "timeperiod"), Some("period"));
        assert_eq!(of("mama", "fastlimit"), Some("fast"));
        assert_eq!(of("macd", "fastlimit"), None);
        assert_eq!(of("sar", "maximum"), None, "the same here");
    }
}
