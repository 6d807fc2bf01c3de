//! Text to syntax tree, with the parser's errors in the words of a rule.

use super::error::RuleError;
use super::source::Source;
use super::sql::ast::Expr;
use super::sql::dialect::Dialect;
use super::sql::keywords::Keyword;
use super::sql::parser::{Parser, ParserError};
use super::sql::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// Plain SQL. A dialect of its own, because the generic one takes `box` and `line` for shapes.
#[derive(Debug)]
struct RuleDialect;

impl Dialect for RuleDialect {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }
}

/// Bounds the depth of the tree: a chain of operators is as deep as it is long.
const TOKENS_MAX: usize = 500;

/// The tokens and the syntax tree of a rule.
pub(super) fn parse(text: &str) -> Result<(Source<'_>, Expr), RuleError> {
    let tokens = match Tokenizer::new(&RuleDialect, text).tokenize_with_location() {
        Ok(tokens) => tokens,
        Err(error) => {
            let source = Source::new(text, &[]);
            return Err(source.error_from(error.location, lower_first(&error.message)));
        }
    };
    let source = Source::new(text, &tokens);
    let Some(first) = source.tokens().first() else {
        return Err(source.error_whole("the rule is empty"));
    };
    if source.tokens().len() > TOKENS_MAX {
        return Err(source.error_whole(format!("the rule has more than {TOKENS_MAX} words")));
    }
    if matches!(&first.token, Token::Word(word) if word.keyword == Keyword::SELECT) {
        return Err(source
            .error_at(first.span, "a rule is an expression, not a query")
            .help("write only the condition or the number"));
    }
    let mut parser = Parser::new(&RuleDialect).with_tokens_with_locations(whole_names(&source)?);
    let tree = parser.parse_expr().map_err(|error| in_own_words(&source, error))?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok((source, tree));
    }
    Err(unexpected(&source, &next))
}

/// Tokens in which the parts of a name with points, as in `bar_1m.close`, are one word. The parser
/// itself tries each part of such a chain in two ways, so that its time doubles with every one.
fn whole_names(source: &Source<'_>) -> Result<Vec<TokenWithSpan>, RuleError> {
    let mut tokens: Vec<TokenWithSpan> = Vec::new();
    let mut rest = source.tokens().iter();
    while let Some(token) = rest.next() {
        if token.token != Token::Period {
            tokens.push(token.clone());
            continue;
        }
        let before = tokens.last_mut();
        let (Some(TokenWithSpan { token: Token::Word(name), span }), Some(part)) =
            (before, rest.next())
        else {
            return Err(source.error_at(token.span, "a point stands between the parts of a name"));
        };
        let Token::Word(word) = &part.token else {
            let message = format!("a part of a name comes after a point, not `{part}`");
            return Err(source.error_at(part.span, message));
        };
        name.value = format!("{}.{}", name.value, word.value);
        name.keyword = Keyword::NoKeyword;
        *span = span.union(&part.span);
    }
    Ok(tokens)
}

fn unexpected(source: &Source<'_>, token: &TokenWithSpan) -> RuleError {
    let message = format!("unexpected `{token}` after the end of the expression");
    source.error_at(token.span, message).help_if(operator_of_others(&token.token))
}

/// What other languages write for an operator of SQL.
fn operator_of_others(token: &Token) -> Option<String> {
    let help = match token {
        Token::Overlap => "write AND",
        Token::Pipe => "write OR",
        Token::SemiColon => "a rule is one expression, without a semicolon",
        _ => return None,
    };
    Some(help.to_owned())
}

fn in_own_words(source: &Source<'_>, error: ParserError) -> RuleError {
    let message = match error {
        ParserError::RecursionLimitExceeded => {
            return source.error_whole("the rule is nested too deeply");
        }
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
    };
    let (what, at) = match message.rsplit_once(" at Line: ") {
        Some((what, at)) => (what, location(at)),
        None => (message.as_str(), None),
    };
    let token = source.tokens().iter().find(|token| Some(token.span.start) == at);
    let Some(token) = token.or(source.tokens().last()) else {
        return source.error_whole(lower_first(what));
    };
    if what.starts_with("No infix parser for token") {
        return unexpected(source, token);
    }
    let Some((expected, found)) =
        what.strip_prefix("Expected: ").and_then(|what| what.split_once(", found: "))
    else {
        return source.error_at(token.span, lower_first(what));
    };
    let expected = expected.trim_end_matches(':');
    if found == "EOF" {
        return source.error_at(token.span, format!("the rule ends where {expected} is expected"));
    }
    let help = (found == "!").then(|| "write NOT".to_owned());
    source.error_at(token.span, format!("expected {expected}, found `{found}`")).help_if(help)
}

/// Reads `1, Column: 17`.
fn location(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location::new(line.parse().ok()?, column.parse().ok()?))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_lowercase().collect::<String>() + chars.as_str())
}
