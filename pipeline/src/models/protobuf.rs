//! Whether an ONNX file can be given to its parser, which calls itself for each message that lies
//! in another, and reads a number that never ends for ever: some kilobytes could end the program.

/// Graphs lie in nodes of graphs (`If`, `Loop`), and types in types of sequences: each model in use
/// has a few of these at most.
const DEPTH_MAX: usize = 64;

/// What the parser reads in a message, as `onnx.proto` numbers the fields.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    Shape,
    Sequence,
    /// A message that holds none.
    Leaf,
    /// No message: whole numbers, one after another.
    Numbers,
    /// No message: numbers of so many bytes each. What is left of one the parser takes for the next
    /// field, and so it reads what was not looked at.
    Fixed(usize),
}

impl Kind {
    /// What the field of this number holds; nothing if the parser does not look into it.
    fn inner(self, field: u64) -> Option<Kind> {
        Some(match (self, field) {
            (Kind::Model, 7) | (Kind::Attribute, 6 | 11) => Kind::Graph,
            (Kind::Model, 8 | 14) | (Kind::Tensor, 13) | (Kind::Shape, 1) => Kind::Leaf,
            (Kind::Graph, 1) => Kind::Node,
            (Kind::Graph, 5) | (Kind::Attribute, 5) => Kind::Tensor,
            (Kind::Graph, 11..=13) => Kind::Value,
            (Kind::Node, 5) => Kind::Attribute,
            (Kind::Attribute, 8) | (Kind::Tensor, 1 | 5 | 7 | 11) => Kind::Numbers,
            (Kind::Attribute, 7) | (Kind::Tensor, 4) => Kind::Fixed(4),
            (Kind::Tensor, 10) => Kind::Fixed(8),
            (Kind::Value, 2) | (Kind::Sequence, 1) => Kind::Type,
            (Kind::Type, 1) => Kind::TensorType,
            (Kind::Type, 4) => Kind::Sequence,
            (Kind::TensorType, 2) => Kind::Shape,
            _ => return None,
        })
    }
}

/// Looks at every number and length that the parser will read.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    walk(bytes, Kind::Model, DEPTH_MAX)
}

fn walk(mut bytes: &[u8], kind: Kind, left: usize) -> Result<(), &'static str> {
    const DAMAGED: &str = "a message in it breaks off";
    if let Kind::Fixed(size) = kind {
        return if bytes.len().is_multiple_of(size) { Ok(()) } else { Err(DAMAGED) };
    }
    while !bytes.is_empty() {
        let (tag, rest) = varint(bytes).ok_or(DAMAGED)?;
        let rest = match (kind, tag & 7) {
            (Kind::Numbers, _) => Some(rest),
            (_, 0) => varint(rest).map(|(_, rest)| rest),
            (_, 1) => rest.get(8..),
            (_, 2) => {
                let (length, rest) = varint(rest).ok_or(DAMAGED)?;
                let length = usize::try_from(length).map_err(|_| DAMAGED)?;
                let (inner, rest) = rest.split_at_checked(length).ok_or(DAMAGED)?;
                if let Some(kind) = kind.inner(tag >> 3) {
                    let left = left.checked_sub(1);
                    walk(inner, kind, left.ok_or("its graphs or types lie too deep")?)?;
                }
                Some(rest)
            }
            (_, 5) => rest.get(4..),
            _ => None,
        };
        bytes = rest.ok_or(DAMAGED)?;
    }
    Ok(())
}

/// A number of at most ten bytes, of which the last has no highest bit, and a tenth is no more than
/// the one that is left of 64 bits.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().take(10).position(|byte| *byte < 0x80)?;
    if end == 9 && bytes[9] > 1 {
        return None;
    }
    let (number, rest) = bytes.split_at(end + 1);
    let digits = number.iter().rev().map(|byte| u64::from(byte & 0x7f));
    Some((digits.fold(0, |number, digit| number << 7 | digit), rest))
}

#[cfg(test)]
mod tests {
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

    fn error(bytes: &[u8]) -> String {
        Graph::parse(bytes).err().expect("it is refused").to_string()
    }

    #[test]
    fn what_lies_too_deep_is_refused_before_it_is_parsed() {
        let graphs = |depth: usize| {
            let deeper = |graph: Vec<u8>, _| within(1, &within(5, &within(6, &graph)));
            within(7, &(0..depth).fold(Vec::new(), deeper))
        };
        let types = |depth: usize| {
            let of = (0..depth).fold(Vec::new(), |of, _| within(4, &within(1, &of)));
            within(7, &within(11, &within(2, &of)))
        };
        for nested in [graphs(4), types(4)] {
            assert!(Graph::parse(&nested).is_ok());
        }
        for nested in [graphs(3000), types(3000)] {
            assert!(error(&nested).contains("lie too deep"), "{}", error(&nested));
        }
    }

    #[test]
    fn numbers_without_an_end_and_lengths_beyond_it_are_refused() {
        let endless = [0xba; 30];
        let places = [
            endless.to_vec(),
            within(7, &endless),
            within(7, &within(1, &endless)),
            within(7, &within(1, &within(5, &within(8, &endless)))),
            within(7, &within(5, &within(7, &endless))),
            within(14, &endless),
            vec![7 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0],
            within(7, &within(5, &within(10, &[0; 18]))),
            within(7, &within(5, &within(4, &[0; 7]))),
            vec![7 << 3 | 2, 5, 0],
            vec![7 << 3 | 3],
        ];
        for bytes in places {
            assert!(error(&bytes).contains("a message in it breaks off"), "{bytes:?}");
        }
    }
}
