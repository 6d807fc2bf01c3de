//! How deep messages lie in each other in an ONNX file. Its parser calls itself for each of them,
//! so that some hundred kilobytes of nothing but nesting would end the program.

/// Graphs lie in nodes of graphs (`If`, `Loop`), and types in types of sequences: each model in use
/// has a few of these at most.
const DEPTH_MAX: usize = 64;

/// Messages that may hold others of their kind, further down.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Value,
    Type,
    Sequence,
}

impl Kind {
    /// What the field of this number holds, as `onnx.proto` numbers them.
    fn inner(self, field: u64) -> Option<Kind> {
        Some(match (self, field) {
            (Kind::Model, 7) | (Kind::Attribute, 6 | 11) => Kind::Graph,
            (Kind::Graph, 1) => Kind::Node,
            (Kind::Node, 5) => Kind::Attribute,
            (Kind::Graph, 11..=13) => Kind::Value,
            (Kind::Value, 2) | (Kind::Sequence, 1) => Kind::Type,
            (Kind::Type, 4) => Kind::Sequence,
            _ => return None,
        })
    }
}

/// Does nothing in the file lie too deep to be read?
pub(super) fn is_shallow(bytes: &[u8]) -> bool {
    fits(bytes, Kind::Model, DEPTH_MAX)
}

fn fits(mut bytes: &[u8], kind: Kind, left: usize) -> bool {
    while let Some((tag, rest)) = varint(bytes) {
        let rest = match tag & 7 {
            0 => varint(rest).map(|(_, rest)| rest),
            1 => rest.get(8..),
            2 => match varint(rest) {
                Some((length, rest)) => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
                    let (inner, rest) = rest.split_at(length);
                    if let Some(kind) = kind.inner(tag >> 3)
                        && (left == 0 || !fits(inner, kind, left - 1))
                    {
                        return false;
                    }
                    Some(rest)
                }
                None => None,
            },
            5 => rest.get(4..),
            _ => None,
        };
        // What is no protobuf is for the parser to refuse.
        let Some(rest) = rest else { break };
        bytes = rest;
    }
    true
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().take(10).position(|byte| *byte < 0x80)?;
    let (number, rest) = bytes.split_at(end + 1);
    let digits = number.iter().rev().map(|byte| u64::from(byte & 0x7f));
    Some((digits.fold(0, |number, digit| number << 7 | digit), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Graph;

    /// A message with this one as its field.
    fn within(field: u8, message: &[u8]) -> Vec<u8> {
        let (mut out, mut length) = (vec![field << 3 | 2], message.len());
        while length >= 0x80 {
            out.push(length as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend(message);
        out
    }

    #[test]
    fn what_lies_too_deep_is_refused_before_it_is_parsed() {
        let graphs = |depth: usize| {
            let graph =
                (0..depth).fold(Vec::new(), |graph, _| within(1, &within(5, &within(6, &graph))));
            within(7, &graph)
        };
        let types = |depth: usize| {
            let of = (0..depth).fold(Vec::new(), |of, _| within(4, &within(1, &of)));
            within(7, &within(11, &within(2, &of)))
        };
        for nested in [graphs(4), types(4)] {
            assert!(is_shallow(&nested) && Graph::parse(&nested).is_ok());
        }
        for nested in [graphs(3000), types(3000)] {
            let error = Graph::parse(&nested).err().expect("it lies too deep").to_string();
            assert!(error.contains("lie too deep"), "{error}");
        }
    }
}
