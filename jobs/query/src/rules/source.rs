//! The text of a rule and its tokens: from syntax back to bytes.

use super::error::RuleError;
use super::sql::ast::{BinaryOperator, Expr, Spanned};
use super::sql::keywords::Keyword;
use super::sql::tokenizer::{Location, Span, Token, TokenWithSpan};

/// The text of a rule with its tokens, without space and comments.
pub(super) struct Source<'a> {
    text: &'a str,
    tokens: Vec<TokenWithSpan>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str, tokens: &[TokenWithSpan]) -> Self {
        let skip = |token: &Token| matches!(token, Token::Whitespace(_) | Token::EOF);
        let tokens = tokens.iter().filter(|token| !skip(&token.token)).cloned().collect();
        Source { text, tokens }
    }

    pub(super) fn tokens(&self) -> &[TokenWithSpan] {
        &self.tokens
    }

    /// The text of a piece of syntax.
    pub(super) fn slice(&self, tree: &impl Spanned) -> &'a str {
        let (start, end) = self.bytes(tree.span());
        &self.text[start..end]
    }

    /// An error about a piece of syntax.
    pub(super) fn error(&self, tree: &impl Spanned, message: impl Into<String>) -> RuleError {
        let (start, end) = self.bytes(tree.span());
        RuleError { message: message.into(), help: None, start, end }
    }

    /// An error about exactly these tokens.
    pub(super) fn error_at(&self, span: Span, message: impl Into<String>) -> RuleError {
        let (start, end) = (self.offset(span.start), self.offset(span.end));
        RuleError { message: message.into(), help: None, start, end }
    }

    /// An error about the rest of the text.
    pub(super) fn error_from(&self, at: Location, message: impl Into<String>) -> RuleError {
        let (start, end) = (self.offset(at), self.text.len());
        RuleError { message: message.into(), help: None, start, end }
    }

    /// An error about the whole text.
    pub(super) fn error_whole(&self, message: impl Into<String>) -> RuleError {
        self.error_from(Location::new(1, 1), message)
    }

    /// The one part of a rule that is no conjunction.
    pub(super) fn whole<'t>(&self, tree: &'t Expr) -> Vec<(&'a str, &'t Expr)> {
        vec![(self.text.trim(), tree)]
    }

    /// The operands of the outermost ANDs with their texts.
    pub(super) fn conjuncts<'t>(&self, tree: &'t Expr) -> Vec<(&'a str, &'t Expr)> {
        let mut found = Vec::new();
        self.split(tree, &self.tokens, &mut found);
        found
    }

    fn split<'t>(
        &self,
        tree: &'t Expr,
        tokens: &[TokenWithSpan],
        found: &mut Vec<(&'a str, &'t Expr)>,
    ) {
        let parts = operands(tree);
        let ranges = ranges(tokens);
        if let Expr::Nested(inner) = tree
            && operands(unwrap(inner)).len() > 1
        {
            self.split(inner, &tokens[1..tokens.len() - 1], found);
        } else if parts.len() > 1 && parts.len() == ranges.len() {
            for (part, range) in parts.into_iter().zip(ranges) {
                self.split(part, &tokens[range], found);
            }
        } else {
            let text = match tokens {
                [first, .., last] => self.bytes(first.span.union(&last.span)),
                _ => self.bytes(tree.span()),
            };
            found.push((&self.text[text.0..text.1], tree));
        }
    }

    /// The bytes of a span, widened until its parentheses match; all bytes for no span.
    fn bytes(&self, span: Span) -> (usize, usize) {
        if span == Span::empty() {
            return (0, self.text.len());
        }
        let Span { mut start, mut end } = span;
        let (mut depth, mut lowest) = (0, 0);
        for token in &self.tokens {
            if start <= token.span.start && token.span.end <= end {
                depth += nesting(&token.token);
                lowest = lowest.min(depth);
            }
        }
        let (mut unopened, mut unclosed) = (-lowest, depth - lowest);
        for token in self.tokens.iter().filter(|token| token.span.start >= span.end) {
            if unclosed > 0 {
                unclosed += nesting(&token.token);
                end = token.span.end;
            }
        }
        for token in self.tokens.iter().rev().filter(|token| token.span.end <= span.start) {
            if unopened > 0 {
                unopened -= nesting(&token.token);
                start = token.span.start;
            }
        }
        (self.offset(start), self.offset(end))
    }

    fn offset(&self, at: Location) -> usize {
        let line = at.line.saturating_sub(1) as usize;
        let before: usize = self.text.split_inclusive('\n').take(line).map(str::len).sum();
        let chars = at.column.saturating_sub(1) as usize;
        let rest = &self.text[before..];
        before + rest.char_indices().nth(chars).map_or(rest.len(), |(byte, _)| byte)
    }
}

fn unwrap(mut tree: &Expr) -> &Expr {
    while let Expr::Nested(inner) = tree {
        tree = inner;
    }
    tree
}

/// The operands of a chain of ANDs, which the parser nests to the left.
fn operands(mut tree: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    while let Expr::BinaryOp { left, op: BinaryOperator::And, right } = tree {
        found.push(&**right);
        tree = left;
    }
    found.push(tree);
    found.reverse();
    found
}

/// Where the tokens between the outermost ANDs are, but for the AND of `BETWEEN low AND high`.
fn ranges(tokens: &[TokenWithSpan]) -> Vec<std::ops::Range<usize>> {
    let (mut depth, mut between, mut start) = (0, 0, 0);
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        depth += nesting(&token.token);
        let Token::Word(word) = &token.token else { continue };
        match word.keyword {
            Keyword::CASE => depth += 1,
            Keyword::END => depth -= 1,
            Keyword::BETWEEN if depth == 0 => between += 1,
            Keyword::AND if depth == 0 && between > 0 => between -= 1,
            Keyword::AND if depth == 0 => {
                found.push(start..i);
                start = i + 1;
            }
            _ => {}
        }
    }
    found.push(start..tokens.len());
    found
}

fn nesting(token: &Token) -> i32 {
    match token {
        Token::LParen => 1,
        Token::RParen => -1,
        _ => 0,
    }
}
