//! Ensembles: weights that add up to 1, members that are asked at the same moments.

use super::{Described, Models};
use crate::spec::{
    JobError, document::Cursor, raw::EnsembleText, resolve::columns::Columns, suggest,
};
use operators::market::ModelKind;
use pipeline::models::ModelPlan;

/// Adds an ensemble of models that are there.
pub(super) fn add(
    name: &str,
    text: &EnsembleText,
    at: &Cursor<'_, '_>,
    ordinal: u16,
    columns: &mut Columns,
    models: &mut Models,
) -> Result<(), JobError> {
    let mut members: Vec<u16> = Vec::new();
    for (i, member) in text.of.iter().enumerate() {
        let at = at.get("of").get(i);
        let asked = |kind: &ModelKind| matches!(kind, ModelKind::Asked { .. });
        let known = models.nodes.iter().filter(|node| asked(&node.kind));
        let names: Vec<&str> = known.map(|node| &*node.node.name).collect();
        let Some(place) = names.iter().position(|known| known == member) else {
            return Err(at
                .error(format!("there is no model `{member}`"))
                .label("no such model")
                .help_if(suggest::help(member, &names, "models")));
        };
        if members.contains(&(place as u16)) {
            return Err(at.error(format!("`{member}` is in it twice")).label("the second"));
        }
        if models.shadows.contains(&models.nodes[place].slot) && !text.shadow {
            return Err(at
                .error(format!("`{member}` is in shadow, and `{name}` is not"))
                .label("a shadow")
                .help("add shadow = true to the ensemble"));
        }
        members.push(place as u16);
    }
    let node = |member: &u16| &models.nodes[usize::from(*member)];
    let Some(first) = members.first().map(node) else {
        return Err(at.get("of").error("an ensemble has at least one model").label("empty"));
    };
    let driver = first.driver;
    if members.iter().any(|member| node(member).driver != driver) {
        let why = "models of an ensemble are asked at the same moments: give them the same `on`";
        return Err(at.get("of").error(why).label("different moments"));
    }
    let weights = weights(text, members.len(), at)?;
    let slots = members.iter().map(|member| node(member).slot as usize);
    let warm_up = slots.map(|slot| columns.plans()[slot].warm_up).max().unwrap_or(0);
    let disagreement = "weighted standard deviation of its models";
    let described = Described {
        name,
        at,
        driver,
        outputs: vec![
            (name.to_owned(), "weighted mean of its models".to_owned()),
            (format!("{name}_disagreement"), disagreement.to_owned()),
        ],
        warm_up,
        operator: format!("ensemble of {}", text.of.join(", ")),
        shadow: text.shadow,
    };
    let kind = ModelKind::Ensemble { members, weights };
    let plan = ModelPlan { name: name.into(), file: None, absent: None, budget: None };
    models.push(columns, ordinal, described, (kind, plan))
}

fn weights(text: &EnsembleText, members: usize, at: &Cursor<'_, '_>) -> Result<Vec<f64>, JobError> {
    if text.weights.is_empty() {
        return Ok(vec![1.0 / members as f64; members]);
    }
    let sum: f64 = text.weights.iter().sum();
    let sound = text.weights.iter().all(|w| w.is_finite() && *w >= 0.0) && sum > 0.0;
    match sound && text.weights.len() == members {
        true => Ok(text.weights.iter().map(|weight| weight / sum).collect()),
        false => Err(at
            .get("weights")
            .error("an ensemble has one weight for each model, none below 0")
            .label("not weights")),
    }
}
