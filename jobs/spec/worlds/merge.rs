//! Two plans of one market as one: what both compute is computed once.

use operators::{
    account::AccountOrdinals,
    bars::BAR_COLUMNS,
    market::{FeatureNode, ForeignNode, IndicatorNode, MARKET_COLUMNS, TriggerNode},
};
use pipeline::plan::{ColumnPlan, Plan, StrategyPlan, in_world};
use schemas::Text;
use std::collections::BTreeMap;

/// Adds what another plan does in a world of its own to a plan of the same sources.
///
/// # Errors
/// When it differs in what all worlds share.
pub(super) fn merge(plan: &mut Plan, world: &str, other: Plan) -> Result<(), &'static str> {
    if other.instruments != plan.instruments {
        return Err("it trades or reads other instruments");
    }
    if other.market.clocks != plan.market.clocks {
        return Err("the clock by which a venue matches is the same in all worlds");
    }
    let slots = Slots::map(plan, world, &other)?;
    let before = plan.strategies.len() as u16;
    for trigger in other.market.triggers {
        let strategy = trigger.strategy + before;
        let slots = trigger.slots.iter().map(|slot| slots.of(*slot)).collect();
        let mut node = trigger.node;
        node.name = in_world(&node.name, world);
        plan.market.triggers.push(TriggerNode { node, strategy, slots, ..trigger });
    }
    let accounts = plan.accounts.len() as u32;
    let renamed = |strategy: StrategyPlan| StrategyPlan {
        account: accounts + strategy.account,
        name: in_world(&strategy.name, world),
    };
    plan.strategies.extend(other.strategies.into_iter().map(renamed));
    for mut account in other.accounts {
        account.name = in_world(&account.name, world);
        for strategy in &mut account.strategies {
            strategy.name = in_world(&strategy.name, world);
        }
        plan.accounts.push(account);
    }
    Ok(())
}

/// Brings accounts and ordinals into their order once all worlds are there.
pub(super) fn finish(plan: &mut Plan) {
    let names: Vec<Text> = plan.accounts.iter().map(|account| account.name.clone()).collect();
    plan.accounts.sort_by(|a, b| a.name.cmp(&b.name));
    let places: BTreeMap<Text, u32> =
        plan.accounts.iter().map(|account| account.name.clone()).zip(0..).collect();
    for account in &mut plan.accounts {
        account.index = places[&account.name];
    }
    for strategy in &mut plan.strategies {
        strategy.account = places[&names[strategy.account as usize]];
    }
    let mut last = 0_u16;
    let mut next = || {
        last = last.checked_add(1).expect("10,000 worlds have fewer than 65,535 operators");
        last
    };
    let market = &mut plan.market;
    market.bars.iter_mut().for_each(|bar| bar.node.ordinal = next());
    market.features.iter_mut().for_each(|feature| feature.node.ordinal = next());
    market.indicators.iter_mut().for_each(|indicator| indicator.node.ordinal = next());
    market.models.iter_mut().for_each(|model| model.node.ordinal = next());
    market.readings.iter_mut().for_each(|readings| readings.ordinal = next());
    let mut strategies = BTreeMap::new();
    for trigger in &mut market.triggers {
        trigger.node.ordinal = next();
        strategies.insert(trigger.node.name.clone(), trigger.node.ordinal);
    }
    for strategy in plan.accounts.iter_mut().flat_map(|account| &mut account.strategies) {
        strategy.ordinal = strategies[&strategy.name];
    }
    if let Some(first) = plan.accounts.first() {
        let mut ordinals = first.ordinals;
        let AccountOrdinals { orders, fills, ledger, positions, portfolio, markouts } =
            &mut ordinals;
        for ordinal in [orders, fills, ledger, positions, portfolio, markouts] {
            *ordinal = next();
        }
        plan.accounts.iter_mut().for_each(|account| account.ordinals = ordinals);
    }
    market.quality_ordinal = next();
}

/// Where the columns of another plan stand in this one.
struct Slots(Vec<Option<u32>>);

impl Slots {
    /// Finds them, and adds those that are not there.
    fn map(plan: &mut Plan, world: &str, other: &Plan) -> Result<Slots, &'static str> {
        let mut slots = Slots(vec![None; other.market.slots as usize]);
        slots.set(0, 0, MARKET_COLUMNS.len() as u32);
        if plan.market.bars.len() != other.market.bars.len() {
            return Err("it has other bars");
        }
        for (own, theirs) in plan.market.bars.iter().zip(&other.market.bars) {
            if own.kind != theirs.kind || own.upstream != theirs.upstream {
                return Err("it has other bars");
            }
            slots.set(theirs.slot, own.slot, BAR_COLUMNS.len() as u32);
        }
        for feature in &other.market.features {
            let count = feature.spec.entry().map_or(1, |entry| entry.outputs.len() as u32);
            let same = |own: &&FeatureNode| own.spec == feature.spec;
            let own = plan.market.features.iter().find(same).map(|own| own.slot);
            let slot = own.unwrap_or_else(|| {
                let slot = push(plan, world, &other.columns, (feature.slot, count));
                let mut node = feature.clone();
                (node.slot, node.node.name) = (slot, in_world(&node.node.name, world));
                plan.market.features.push(node);
                slot
            });
            slots.set(feature.slot, slot, count);
        }
        slots.map_models(plan, other)?;
        slots.map_rest(plan, world, other)?;
        slots.models_read_the_same(plan, other)?;
        Ok(slots)
    }

    fn map_models(&mut self, plan: &Plan, other: &Plan) -> Result<(), &'static str> {
        let (own, theirs) = (&plan.market.models, &other.market.models);
        if own.len() != theirs.len() {
            return Err("it has other models");
        }
        for (own, theirs) in own.iter().zip(theirs) {
            if (own.slot, own.outputs) != (theirs.slot, theirs.outputs) || own.kind != theirs.kind {
                return Err("models and the names of what they read are the same in all worlds");
            }
            self.set(theirs.slot, own.slot, theirs.outputs + 1);
        }
        Ok(())
    }

    fn models_read_the_same(&self, plan: &Plan, other: &Plan) -> Result<(), &'static str> {
        for model in 0..plan.market.models.len() {
            let changed = |slot: &u32| self.of(*slot) != *slot;
            if other.market.read_by(model).iter().any(changed) {
                return Err("what a model reads is the same in all worlds");
            }
        }
        Ok(())
    }

    /// Indicators and columns of other instruments, which may read each other.
    fn map_rest(&mut self, plan: &mut Plan, world: &str, other: &Plan) -> Result<(), &'static str> {
        loop {
            let before = self.missing();
            for foreign in &other.market.foreign {
                let Some(column) = self.0[foreign.column as usize] else { continue };
                if self.0[foreign.slot as usize].is_some() {
                    continue;
                }
                let same =
                    |f: &&ForeignNode| f.instrument == foreign.instrument && f.column == column;
                let own = plan.market.foreign.iter().find(same).map(|own| own.slot);
                let slot = own.unwrap_or_else(|| {
                    let slot = push(plan, world, &other.columns, (foreign.slot, 1));
                    plan.market.foreign.push(ForeignNode { slot, column, ..*foreign });
                    slot
                });
                self.set(foreign.slot, slot, 1);
            }
            for theirs in &other.market.indicators {
                let inputs: Option<Vec<u32>> =
                    theirs.inputs.iter().map(|slot| self.0[*slot as usize]).collect();
                let Some(inputs) = inputs.filter(|_| self.0[theirs.slot as usize].is_none()) else {
                    continue;
                };
                let same = |own: &&IndicatorNode| {
                    (&own.spec, own.driver, &own.inputs) == (&theirs.spec, theirs.driver, &inputs)
                };
                let own = plan.market.indicators.iter().find(same).map(|own| own.slot);
                let slot = own.unwrap_or_else(|| {
                    let slot = push(plan, world, &other.columns, (theirs.slot, theirs.outputs));
                    let mut node = theirs.clone();
                    (node.slot, node.inputs) = (slot, inputs);
                    node.node.name = in_world(&node.node.name, world);
                    plan.market.indicators.push(node);
                    slot
                });
                self.set(theirs.slot, slot, theirs.outputs);
            }
            match self.missing() {
                0 => return Ok(()),
                still if still == before => return Err("it reads what other worlds do not have"),
                _ => {}
            }
        }
    }

    fn missing(&self) -> usize {
        self.0.iter().filter(|slot| slot.is_none()).count()
    }

    fn set(&mut self, theirs: u32, own: u32, count: u32) {
        for i in 0..count {
            self.0[(theirs + i) as usize] = Some(own + i);
        }
    }

    fn of(&self, slot: u32) -> u32 {
        self.0[slot as usize].expect("all are mapped")
    }
}

/// Adds columns under names of a world; gives the slot of the first.
fn push(plan: &mut Plan, world: &str, from: &[ColumnPlan], (first, count): (u32, u32)) -> u32 {
    let slot = plan.market.slots;
    for column in &from[first as usize..(first + count) as usize] {
        let name = in_world(&column.name, world).to_string();
        plan.columns.push(ColumnPlan { name, ..column.clone() });
    }
    plan.market.slots += count;
    slot
}
