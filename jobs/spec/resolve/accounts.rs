//! Accounts: their money, their strategies, and the terms of what they trade.

use super::{
    Context, Ordinals, instruments::Known, lake::check_name, strategies::Resolved, terms::Terms,
};
use crate::spec::{JobError, document::Cursor, raw::Account, suggest};
use operators::account::{AccountInstrument, AccountOrdinals, AccountSpec, MarkoutSpec};
use pipeline::plan::StrategyPlan;
use schemas::{Money, Text};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The account of jobs that name none.
pub(super) const DEFAULT_NAME: &str = "paper";

/// What it holds of each settlement currency.
pub(super) const DEFAULT_CASH: Money = Money(10_000 * 1_000_000_000_000);

/// Accounts by name.
pub(super) fn resolve(
    cx: &Context<'_>,
    known: &[Known],
    strategies: &[Resolved<'_>],
    (terms, markouts): (&Terms, &MarkoutSpec),
    ordinals: &mut Ordinals,
) -> Result<Vec<AccountSpec>, JobError> {
    let ordinals = AccountOrdinals {
        orders: ordinals.next(),
        fills: ordinals.next(),
        ledger: ordinals.next(),
        positions: ordinals.next(),
        portfolio: ordinals.next(),
        markouts: ordinals.next(),
    };
    let mut accounts: BTreeMap<&str, AccountSpec> = BTreeMap::new();
    let make = |name: &str, cash| AccountSpec {
        name: name.into(),
        index: 0,
        cash,
        instruments: Vec::new(),
        strategies: Vec::new(),
        risk: terms.risk.clone(),
        markouts: markouts.clone(),
        ordinals,
    };
    let section = cx.at("account");
    for (i, written) in cx.spec.account.iter().enumerate() {
        let at = section.get(i);
        let name = at.get("name");
        check_name(&written.name).map_err(|why| name.error(why).label("not a name"))?;
        let account = make(&written.name, cash(written, &at.get("cash"))?);
        if accounts.insert(&written.name, account).is_some() {
            let message = format!("two accounts are called `{}`", written.name);
            return Err(name.error(message).label("the second").help("give it another name"));
        }
    }
    if accounts.is_empty() && !strategies.is_empty() {
        let settle = |place: &u32| known[*place as usize].instrument.settle.clone();
        let used = strategies.iter().flat_map(|s| &s.spec.instruments).map(settle);
        let currencies: BTreeSet<Text> = used.collect();
        let cash = currencies.into_iter().map(|currency| (currency, DEFAULT_CASH)).collect();
        accounts.insert(DEFAULT_NAME, make(DEFAULT_NAME, cash));
    }
    let names: Vec<&str> = accounts.keys().copied().collect();
    for strategy in strategies {
        let name = account_of(strategy, &names)?;
        let account = accounts.get_mut(name).expect("it is one of them");
        for place in &strategy.spec.instruments {
            let instrument = &known[*place as usize].instrument;
            let settle = &instrument.settle;
            if !account.cash.iter().any(|(currency, _)| currency == settle) {
                return Err(strategy
                    .at_instrument(*place)
                    .error(format!(
                        "account `{name}` holds no {settle}, in which `{}` is settled",
                        instrument.id
                    ))
                    .label("traded here")
                    .help(format!("add {settle} = \"10000\" to the cash of `{name}`")));
            }
            if !account.instruments.iter().any(|i| i.index == *place) {
                account.instruments.push(AccountInstrument {
                    index: *place,
                    instrument: Arc::new(instrument.clone()),
                    execution: terms.execution[instrument.id.venue()].clone(),
                });
            }
        }
        account.strategies.push(strategy.spec.clone());
    }
    let mut accounts: Vec<AccountSpec> = accounts.into_values().collect();
    for (index, account) in accounts.iter_mut().enumerate() {
        account.index = index as u32;
        account.instruments.sort_by_key(|i| i.index);
    }
    Ok(accounts)
}

fn cash(account: &Account, at: &Cursor<'_, '_>) -> Result<Vec<(Text, Money)>, JobError> {
    if account.cash.is_empty() {
        let error = at.error(format!("account `{}` has no money", account.name));
        return Err(error.label("empty").help("as in cash = { USDT = \"10000\" }"));
    }
    let deposit = |(currency, amount): (&String, &super::super::raw::Decimal)| match Money::parse(
        &amount.0,
    ) {
        Ok(cash) if cash > Money::ZERO => Ok((Text::from(currency.as_str()), cash)),
        _ => Err(at.get(currency).error("a deposit is above 0").label("not above 0")),
    };
    account.cash.iter().map(deposit).collect()
}

fn account_of<'n>(strategy: &Resolved<'_>, names: &[&'n str]) -> Result<&'n str, JobError> {
    let Some(wanted) = &strategy.written.account else {
        return match names {
            [only] => Ok(only),
            _ => Err(strategy
                .at
                .get("name")
                .error(format!("`{}` does not say which account it trades", strategy.spec.name))
                .label("`account` is needed")
                .help(format!("accounts: {}", names.join(", ")))),
        };
    };
    names.iter().copied().find(|name| name == wanted).ok_or_else(|| {
        strategy
            .at
            .get("account")
            .error(format!("there is no account `{wanted}`"))
            .label("not an account")
            .help_if(suggest::help(wanted, names, "accounts"))
    })
}

/// The account of each strategy, by number.
pub(super) fn places(strategies: &[Resolved<'_>], accounts: &[AccountSpec]) -> Vec<StrategyPlan> {
    let account = |strategy: &Resolved<'_>| {
        let ordinal = strategy.spec.ordinal;
        let has = |a: &&AccountSpec| a.strategies.iter().any(|s| s.ordinal == ordinal);
        accounts.iter().find(has).expect("every strategy has an account").index
    };
    let plan =
        |strategy| StrategyPlan { account: account(strategy), name: strategy.spec.name.clone() };
    strategies.iter().map(plan).collect()
}
