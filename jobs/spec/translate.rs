//! What serde and the TOML parser say, in the words of job files.

use super::suggest;

/// An error in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What is wrong.
    pub message: String,
    /// What stands under the token.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

fn told(message: String, label: &str, help: Option<String>) -> Told {
    Told { message, label: label.to_owned(), help }
}

/// Says a message of serde's differently; what it does not know it passes on.
pub(super) fn translate(message: &str) -> Told {
    let words = quoted(message);
    let known = words.get(1..).unwrap_or_default();
    match message.split_once(' ') {
        Some(("unknown", rest)) if rest.starts_with("field") && !words.is_empty() => told(
            format!("unknown key `{}`", words[0]),
            "no such key here",
            suggest::help(words[0], known, "keys").or(Some("there are no keys here".to_owned())),
        ),
        Some(("unknown", rest)) if rest.starts_with("variant") && !words.is_empty() => told(
            format!("`{}` is not known here", words[0]),
            "not known",
            suggest::help(words[0], known, "known"),
        ),
        Some(("missing", rest)) if rest.starts_with("field") && !words.is_empty() => {
            told(format!("`{}` is missing", words[0]), "needed here", missing(words[0]))
        }
        Some(("invalid", rest)) => match rest.split_once(": ").map(|(_, rest)| rest) {
            Some(rest) => mismatch(rest),
            None => told(message.to_owned(), "here", None),
        },
        _ if message.starts_with("wanted exactly 1 element") => {
            let message = "exactly one kind stands here, as in `name = { kind = { … } }`";
            told(message.to_owned(), "not one", None)
        }
        _ if message == "wanted string or table" => {
            told("expected a table, as in `{ kind = { … } }`".to_owned(), "here", None)
        }
        _ => told(message.to_owned(), "here", None),
    }
}

/// What to write for a key that must be there.
fn missing(key: &str) -> Option<String> {
    let help = match key {
        "job" => "begin with\n[job]\nname = \"my-job\"",
        "source" => {
            "add\n[[source]]\n\
             synthetic = { venue = \"demo\", instruments = 8, minutes = 240, seed = 7 }"
        }
        "latency" => {
            "there is no default, because a result without latency flatters: \
             latency = { entry = \"1ms\", response = \"1ms\" }"
        }
        "fees" => "as fractions of notional: fees = { maker = \"0.0002\", taker = \"0.0005\" }",
        "fill" => "as in fill = { model = \"displayed_depth\", partial = true }",
        "size" => "as in size = { fraction = 0.1 }",
        "on" => "as in on = \"bar_1m\"",
        "for" => "as in for = [\"binance_usdm:BTCUSDT\"], or [\"*\"] for all",
        "cash" => "as in cash = { USDT = \"10000\" }",
        "clock" => "receive or exchange: which clock cuts the bars",
        _ => return None,
    };
    Some(help.to_owned())
}

/// `string "a", expected u64`
fn mismatch(rest: &str) -> Told {
    let Some((found, expected)) = rest.split_once(", expected ") else {
        return told(rest.to_owned(), "here", None);
    };
    if found == "unit variant" {
        let message = "this kind has parameters: write it as `{ kind = { … } }`";
        return told(message.to_owned(), "parameters are missing", None);
    }
    let expected = match expected {
        "a string" => "text",
        "a boolean" => "true or false",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i64" => "a whole number",
        "f64" => "a number",
        "a nonzero u16" | "a nonzero u32" => "a whole number above zero",
        "a map" => "a table",
        "a sequence" => "a list",
        "path string" => "a path as text",
        other => other,
    };
    let found = found
        .replace("string ", "text ")
        .replace("integer ", "")
        .replace("floating point ", "")
        .replace("boolean ", "")
        .replace("sequence", "a list")
        .replace("map", "a table");
    told(format!("expected {expected}, found {found}"), "not that", None)
}

/// What stands between backquotes.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn messages_of_serde_are_said_differently() {
        let unknown = translate("unknown field `tik`, expected one of `tick`, `lot`");
        assert_eq!(unknown.message, "unknown key `tik`");
        assert_eq!(unknown.help.unwrap(), "did you mean `tick`?\nkeys: lot, tick");
        assert_eq!(translate("missing field `lot`").message, "`lot` is missing");
        let wrong = translate("invalid type: string \"7\", expected u64");
        assert_eq!(wrong.message, "expected a whole number that is not negative, found text \"7\"");
        assert_eq!(translate("`1min` is no span of time").message, "`1min` is no span of time");
    }
}
