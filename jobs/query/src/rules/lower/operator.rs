//! Operators: arithmetic, comparisons, logic, BETWEEN, IN and CASE.

use operators::rules::{Binary, Expr, Kind, Unary};

use super::super::NODES_MAX;
use super::{Lower, RuleError, TOO_LARGE, Typed, ast, not_if};

impl Lower<'_> {
    pub(super) fn unary(
        &self,
        tree: &ast::Expr,
        op: ast::UnaryOperator,
        x: &ast::Expr,
    ) -> Result<Typed, RuleError> {
        match op {
            ast::UnaryOperator::Minus => {
                Ok(Typed::number(Expr::unary(Unary::Neg, self.number(x, "-")?)))
            }
            ast::UnaryOperator::Plus => Ok(Typed::number(self.number(x, "+")?)),
            ast::UnaryOperator::Not => Ok(not_if(true, self.truth(x, "NOT")?)),
            _ => Err(self.source.error(tree, format!("rules have no operator {op}"))),
        }
    }

    pub(super) fn binary(
        &self,
        tree: &ast::Expr,
        op: &ast::BinaryOperator,
        left: &ast::Expr,
        right: &ast::Expr,
    ) -> Result<Typed, RuleError> {
        use ast::BinaryOperator as B;
        let op = match op {
            B::Plus => Binary::Add,
            B::Minus => Binary::Sub,
            B::Multiply => Binary::Mul,
            B::Divide => Binary::Div,
            B::Modulo => Binary::Rem,
            B::Eq => return self.comparison(Binary::Eq, "=", left, right),
            B::NotEq => return self.comparison(Binary::Ne, "<>", left, right),
            B::Lt => return self.comparison(Binary::Lt, "<", left, right),
            B::LtEq => return self.comparison(Binary::Le, "<=", left, right),
            B::Gt => return self.comparison(Binary::Gt, ">", left, right),
            B::GtEq => return self.comparison(Binary::Ge, ">=", left, right),
            B::And => return self.logic(Binary::And, "AND", left, right),
            B::Or => return self.logic(Binary::Or, "OR", left, right),
            other => {
                let help = match other {
                    B::StringConcat => Some("write OR"),
                    B::BitwiseXor | B::PGExp => Some("write pow(x, y)"),
                    B::BitwiseAnd => Some("write AND"),
                    B::BitwiseOr => Some("write OR"),
                    _ => None,
                };
                let error = self.source.error(tree, format!("rules have no operator {other}"));
                return Err(error.help_if(help.map(str::to_owned)));
            }
        };
        let user = match op {
            Binary::Add => "+",
            Binary::Sub => "-",
            Binary::Mul => "*",
            Binary::Div => "/",
            _ => "%",
        };
        let left = self.number(left, user)?;
        Ok(Typed::number(Expr::binary(op, left, self.number(right, user)?)))
    }

    fn logic(
        &self,
        op: Binary,
        user: &str,
        left: &ast::Expr,
        right: &ast::Expr,
    ) -> Result<Typed, RuleError> {
        let left = self.truth(left, user)?;
        Ok(Typed::truth(Expr::binary(op, left, self.truth(right, user)?)))
    }

    /// Numbers compare with all six; conditions are equal or not.
    fn comparison(
        &self,
        op: Binary,
        user: &str,
        left: &ast::Expr,
        right: &ast::Expr,
    ) -> Result<Typed, RuleError> {
        let (a, b) = (self.any(left)?, self.any(right)?);
        for (tree, typed) in [(right, &b), (left, &a)] {
            if typed.kind.is_none() {
                return Err(self
                    .source
                    .error(tree, "a comparison with NULL is always null")
                    .help("write IS NULL or IS NOT NULL"));
            }
        }
        let both = a.kind == Some(Kind::Truth) && b.kind == Some(Kind::Truth);
        if !(both && matches!(op, Binary::Eq | Binary::Ne)) {
            for (tree, typed) in [(left, &a), (right, &b)] {
                if typed.kind == Some(Kind::Truth) {
                    let error = self.not_a_number(tree, user);
                    let chained = is_comparison(tree);
                    return Err(if chained { error.help("write a < b AND b < c") } else { error });
                }
            }
        }
        Ok(Typed::truth(Expr::binary(op, a.expr, b.expr)))
    }

    pub(super) fn is(&self, x: &ast::Expr, op: Unary) -> Result<Typed, RuleError> {
        Ok(Typed::truth(Expr::unary(op, self.any(x)?.expr)))
    }

    pub(super) fn between(
        &self,
        tree: &ast::Expr,
        x: &ast::Expr,
        negated: bool,
        low: &ast::Expr,
        high: &ast::Expr,
    ) -> Result<Typed, RuleError> {
        let x = self.number(x, "BETWEEN")?;
        let low = self.number(low, "BETWEEN")?;
        let high = self.number(high, "BETWEEN")?;
        self.copies(tree, &x, 2)?;
        let above = Expr::binary(Binary::Ge, x.clone(), low);
        let below = Expr::binary(Binary::Le, x, high);
        Ok(not_if(negated, Expr::binary(Binary::And, above, below)))
    }

    pub(super) fn in_list(
        &self,
        tree: &ast::Expr,
        x: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
    ) -> Result<Typed, RuleError> {
        let x = self.number(x, "IN")?;
        self.copies(tree, &x, list.len())?;
        let mut any = Expr::Constant(0.0);
        for (i, item) in list.iter().enumerate() {
            let equal = Expr::binary(Binary::Eq, x.clone(), self.number(item, "IN")?);
            any = if i == 0 { equal } else { Expr::binary(Binary::Or, any, equal) };
        }
        Ok(not_if(negated, any))
    }

    pub(super) fn case(
        &self,
        tree: &ast::Expr,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
    ) -> Result<Typed, RuleError> {
        let operand = operand.map(|x| self.number(x, "CASE")).transpose()?;
        if let Some(x) = &operand {
            self.copies(tree, x, conditions.len())?;
        }
        let values = conditions.iter().map(|when| &when.result).chain(otherwise);
        let (mut values, kind) = self.alike(values, "CASE")?;
        let otherwise = otherwise.and_then(|_| values.pop()).unwrap_or(Expr::Null);
        let mut whens = Vec::new();
        for (when, value) in conditions.iter().zip(values) {
            let condition = match &operand {
                None => self.truth(&when.condition, "WHEN")?,
                Some(x) => {
                    Expr::binary(Binary::Eq, x.clone(), self.number(&when.condition, "WHEN")?)
                }
            };
            whens.push((condition, value));
        }
        Ok(Typed { expr: Expr::Case { whens, otherwise: Box::new(otherwise) }, kind })
    }

    /// Refuses what would grow with each level of nesting.
    fn copies(&self, tree: &ast::Expr, x: &Expr, copies: usize) -> Result<(), RuleError> {
        if x.size() * copies > NODES_MAX {
            return Err(self.source.error(tree, TOO_LARGE));
        }
        Ok(())
    }
}

fn is_comparison(tree: &ast::Expr) -> bool {
    use ast::BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(tree, ast::Expr::BinaryOp { op: Eq | NotEq | Lt | LtEq | Gt | GtEq, .. })
}
