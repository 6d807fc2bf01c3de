//! Articles as files hold them: fields by name, moments in the usual spellings, tweets.

use schemas::{EventTime, Span};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How files write news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewsFormat {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// Tweets of the StockNet data set, one a line: `text` is a list of words, `created_at` when
    /// the tweet was posted, which is also when it was first seen.
    Stocknet,
}

impl NewsFormat {
    /// Its name in the job file.
    pub fn name(self) -> &'static str {
        match self {
            NewsFormat::Jsonl => "news",
            NewsFormat::Csv => "news_csv",
            NewsFormat::Stocknet => "stocknet",
        }
    }
}

/// Which field of a file holds what: the key in JSON, the header of the column in CSV.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsFields {
    /// Headline; must be there.
    pub headline: String,
    /// Text.
    pub body: String,
    /// Who published it.
    pub source: String,
    /// Address.
    pub url: String,
    /// Instruments: a list, or text with spaces, commas, semicolons or bars between.
    pub symbols: String,
    /// When it says it was published.
    pub published: String,
    /// When it was first seen.
    pub first_seen: String,
}

impl Default for NewsFields {
    fn default() -> NewsFields {
        NewsFields {
            headline: "headline".to_owned(),
            body: "body".to_owned(),
            source: "source".to_owned(),
            url: "url".to_owned(),
            symbols: "symbols".to_owned(),
            published: "published".to_owned(),
            first_seen: "first_seen".to_owned(),
        }
    }
}

/// An article.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Article {
    /// When it was first seen.
    pub seen: EventTime,
    pub published: Option<EventTime>,
    pub source: String,
    pub headline: String,
    pub body: Option<String>,
    pub url: Option<String>,
    pub symbols: Vec<String>,
}

/// Makes an article of its fields; `seen_after` is how long after publication an article counts
/// as first seen, if its file does not say when that was.
///
/// # Errors
/// What is missing or cannot be read, in words.
pub(super) fn article(
    field: impl Fn(&str) -> Option<String>,
    fields: &NewsFields,
    seen_after: Option<Span>,
) -> Result<Article, String> {
    let text = |name: &str| field(name).filter(|text| !text.trim().is_empty());
    let time = |name: &str| {
        let wrong = |text: &String| format!("`{text}` in `{name}` is no moment");
        text(name).map(|text| moment(&text).ok_or_else(|| wrong(&text))).transpose()
    };
    let headline = text(&fields.headline);
    let headline = headline.ok_or_else(|| format!("there is no `{}`", fields.headline))?;
    let published = time(&fields.published)?;
    let seen = match (time(&fields.first_seen)?, published, seen_after) {
        (Some(seen), ..) => seen,
        (None, Some(published), Some(after)) => published.plus(after),
        (None, _, None) => {
            return Err(format!(
                "there is no `{}`, and when it was published is not when it could be known",
                fields.first_seen
            ));
        }
        (None, None, _) => {
            return Err(format!(
                "there is neither `{}` nor `{}`",
                fields.first_seen, fields.published
            ));
        }
    };
    if seen.0 < 0 {
        return Err(format!("first seen at {seen}, before 1970"));
    }
    let symbols = split(&text(&fields.symbols).unwrap_or_default());
    Ok(Article {
        seen,
        published,
        source: text(&fields.source).unwrap_or_default(),
        headline,
        body: text(&fields.body),
        url: text(&fields.url),
        symbols,
    })
}

/// The symbols of a record in JSON, which has them in `symbols` if it names any.
pub(in crate::sources) fn symbols(record: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Named {
        symbols: Option<Value>,
    }
    let named = serde_json::from_str(record).ok();
    let text = named.and_then(|Named { symbols }| json_text(&symbols?));
    split(&text.unwrap_or_default())
}

/// Symbols with spaces, commas, semicolons or bars between.
fn split(symbols: &str) -> Vec<String> {
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    symbols.split(apart).filter(|symbol| !symbol.is_empty()).map(str::to_owned).collect()
}

/// The value of a field in JSON as text: lists with a space between, nothing for null.
pub(super) fn json_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => Some(list.iter().filter_map(json_text).collect::<Vec<_>>().join(" ")),
        other => Some(other.to_string()),
    }
}

/// A moment: RFC 3339, where a space may stand for the `T` and no zone means UTC; a date; or Unix
/// time, in seconds up to 10 digits, milliseconds up to 13, microseconds up to 16, else
/// nanoseconds.
pub(super) fn moment(text: &str) -> Option<EventTime> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let unit: i64 = match digits.len() {
            ..=10 => 1_000_000_000,
            11..=13 => 1_000_000,
            14..=16 => 1_000,
            _ => 1,
        };
        let ts = text.parse::<i64>().ok()?.checked_mul(unit).map(EventTime);
        return ts.filter(|ts| *ts > EventTime::MIN);
    }
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

/// Makes an article of a tweet of the StockNet data set.
///
/// # Errors
/// What is missing or cannot be read, in words.
pub(super) fn tweet(value: &Value) -> Result<Article, String> {
    let words = value["text"].as_array().ok_or("there is no `text`, a list of words")?;
    let created = value["created_at"].as_str().ok_or("there is no `created_at`")?;
    let seen = tweeted(created).ok_or_else(|| format!("`{created}` is no time of a tweet"))?;
    let mut headline = String::new();
    for word in words.iter().filter_map(Value::as_str) {
        // The data set cuts `$amzn` in two.
        let tag = headline.ends_with('$') && word.starts_with(|c: char| c.is_ascii_alphabetic());
        if !headline.is_empty() && !tag {
            headline.push(' ');
        }
        headline.push_str(word);
    }
    if headline.is_empty() {
        return Err("the text is empty".to_owned());
    }
    let user = value["user_id_str"].as_str().unwrap_or("unknown");
    Ok(Article {
        seen,
        published: Some(seen),
        source: format!("twitter/{user}"),
        headline,
        body: None,
        url: None,
        symbols: Vec::new(),
    })
}

/// `Thu Jan 02 15:45:02 +0000 2014`
fn tweeted(text: &str) -> Option<EventTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [_, month, day, time, zone, year]: [&str; 6] = parts.try_into().ok()?;
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let (hours, minutes) = zone.split_at_checked(3)?;
    format!("{year}-{month:02}-{day}T{time}{hours}:{minutes}").parse().ok()
}
